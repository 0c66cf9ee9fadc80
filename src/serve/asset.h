/* asset.h - the files of the page, which are part of the program */
#ifndef CH_SERVE_ASSET_H
#define CH_SERVE_ASSET_H

/* X(name, file, path, type).  Files lie in src/serve/page; each ends in a NUL
 * here. */
#define CH_ASSETS(X)                                                           \
    X(index, "index.html", "/", "text/html; charset=utf-8")                    \
    X(style, "style.css", "/style.css", "text/css; charset=utf-8")             \
    X(script, "script.js", "/script.js", "text/javascript; charset=utf-8")     \
    X(icon, "icon.svg", "/icon.svg", "image/svg+xml")                          \
    X(openapi, "openapi.json", "/openapi.json", "application/json")

#define CH_ASSET_DECLARE(name, file, path, type)                               \
    extern const char ch_asset_##name[];
CH_ASSETS(CH_ASSET_DECLARE)
#undef CH_ASSET_DECLARE

#endif
