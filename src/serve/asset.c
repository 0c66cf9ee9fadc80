/* asset.c - the files of the page, which are part of the program
 *
 * The assembler reads them; C11 has no way to.  `make` runs at the top of the
 * tree, where their path begins.
 */
#include "serve/asset.h"

#define INCLUDE(name, file, path, type)                                        \
    __asm__(".pushsection .rodata\n"                                           \
            ".global ch_asset_" #name "\n"                                     \
            "ch_asset_" #name ":\n"                                            \
            ".incbin \"src/serve/page/" file "\"\n"                            \
            ".byte 0\n"                                                        \
            ".popsection\n");
CH_ASSETS(INCLUDE)
