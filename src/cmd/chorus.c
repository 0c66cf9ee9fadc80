/* chorus.c - the one word in front: `chorus train` runs chorus-train
 *
 * A program is looked for beside this one, then in PATH, as git does; so
 * somebody's own chorus-shout in PATH is a verb, too.
 */
#include "chorus/options.h"
#include "chorus/version.h"

#include <errno.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* In the order of the flow: X(verb, what it does) */
#define VERBS(X)                                                               \
    X("shard", "annotation files and photos become shards")                    \
    X("encode", "photos in shards become CNN features")                        \
    X("train", "shards with features become a model")                          \
    X("caption", "a model says what is on photos")                             \
    X("serve", "the same over HTTP, and on a page that reads it out")          \
    X("alt", "alt texts for a web site, or for a folder of photos")            \
    X("tag", "captions and nouns of a collection of photos, in one file")      \
    X("find", "photos of it, by words, by tag or by picture")                  \
    X("score", "how near captions are to what people wrote")                   \
    X("rate", "people judge captions, on a page of their own")                 \
    X("report", "results as one HTML page")                                    \
    X("inspect", "what shards hold, record by record")                         \
    X("verify", "shards held against checksums and manifest")                  \
    X("average", "several models of one run become one")                       \
    X("export", "a model's weights, for PyTorch")                              \
    X("import", "weights that PyTorch trained become a model")

static const char *const verb_name[] = {
#define VERB_NAME(name, what) name,
    VERBS(VERB_NAME)
#undef VERB_NAME
};
#define VERB_COUNT (sizeof verb_name / sizeof *verb_name)

static void say_help(FILE *to)
{
    fputs("Usage: chorus VERB [options]\n"
          "       chorus help VERB\n"
          "       chorus --help | --version\n"
          "\n"
          "Image captioning, trained on every core.\n"
          "\n"
          "Verbs, in the order of the flow\n", to);
#define VERB_LINE(name, what) fprintf(to, "  %-9s %s\n", name, what);
    VERBS(VERB_LINE)
#undef VERB_LINE
    fputs("\n"
          "chorus VERB runs chorus-VERB; chorus help VERB tells its options.\n",
          to);
}

/* Results that could not be written are an error. */
static int end_stdout(void)
{
    if (fflush(stdout) || ferror(stdout)) {
        fprintf(stderr, "chorus: cannot write on stdout: %s\n",
                strerror(errno));
        return 1;
    }
    return 0;
}

static int is_known(const char *verb)
{
    for (size_t i = 0; i < VERB_COUNT; i++)
        if (strcmp(verb_name[i], verb) == 0)
            return 1;
    return 0;
}

static int say_unknown(const char *verb)
{
    const char *near = ch_options_nearest(verb, verb_name, VERB_COUNT);

    if (near)
        fprintf(stderr, "chorus: unknown verb '%s'; did you mean %s?\n", verb,
                near);
    else
        fprintf(stderr, "chorus: unknown verb '%s'; see chorus help\n", verb);
    return 2;
}

/* Become chorus-VERB; returns only when that failed, with the exit code. */
static int run(const char *verb, char **argv)
{
    char name[64], beside[PATH_MAX + sizeof name];
    ssize_t n = readlink("/proc/self/exe", beside, PATH_MAX);
    char *slash;

    if (strchr(verb, '/') ||
        snprintf(name, sizeof name, "chorus-%s", verb) >= (int)sizeof name)
        return say_unknown(verb);
    argv[0] = name;
    if (n > 0 && n < PATH_MAX) {
        beside[n] = '\0';
        slash = strrchr(beside, '/');
        strcpy(slash ? slash + 1 : beside, name);
        execv(beside, argv);
        if (errno != ENOENT) {
            fprintf(stderr, "chorus: %s: cannot run: %s\n", beside,
                    strerror(errno));
            return 1;
        }
    }
    execvp(name, argv);
    if (!is_known(verb))
        return say_unknown(verb);
    fprintf(stderr, "chorus: cannot run %s: %s; expected it beside chorus "
            "or in PATH\n", name, strerror(errno));
    return 1;
}

static int help(int argc, char **argv)
{
    char *ask[] = { NULL, (char[]){ "--help" }, NULL };

    if (argc > 3) {
        fprintf(stderr, "chorus: expected one verb, found '%s' too; "
                "see chorus help\n", argv[3]);
        return 2;
    }
    if (argc == 3)
        return run(argv[2], ask);
    say_help(stdout);
    return end_stdout();
}

int main(int argc, char **argv)
{
    if (argc < 2) {
        say_help(stderr);
        return 2;
    }
    if (strcmp(argv[1], "help") == 0 || strcmp(argv[1], "--help") == 0)
        return help(argc, argv);
    if (strcmp(argv[1], "--version") == 0) {
        char line[256];

        ch_version_onednn(line, sizeof line);
        printf("chorus %s\n%s\n", CH_VERSION, line);
        return end_stdout();
    }
    if (argv[1][0] == '-') {
        fprintf(stderr, "chorus: unknown option %s; see chorus help\n",
                argv[1]);
        return 2;
    }
    return run(argv[1], argv + 1);
}
