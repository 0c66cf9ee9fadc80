/* stores.h - stores of known records, made and read again, for the tests
 *
 * Included after data/store.c, cmocka.h and scratch.h.
 */
#ifndef CH_TEST_STORES_H
#define CH_TEST_STORES_H

static char value[50000];

static struct ch_store *open_writer(const char *path)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;

    if (ch_store_open_write(&s, path, &e))
        fail_msg("%s", e.msg);
    return s;
}

static struct ch_store *open_reader(const char *path)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;

    if (ch_store_open(&s, path, &e))
        fail_msg("%s", e.msg);
    return s;
}

/* `count` records of `bytes` bytes from number `first`, all of one letter. */
static int put(struct ch_store *s, uint32_t first, uint32_t count,
               size_t bytes, struct ch_err *e)
{
    int rc = 0;

    for (uint32_t i = first; i < first + count && !rc; i++) {
        memset(value, (int)('a' + i % 26), bytes);
        rc = ch_store_put(s, &i, sizeof i, value, bytes, e);
    }
    return rc;
}

static void expect_records(const char *path, uint32_t count, size_t bytes)
{
    struct ch_store *s = open_reader(path);
    const void *at;
    size_t n;

    assert_int_equal(ch_store_count(s), count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(ch_store_get(s, &i, sizeof i, &at, &n, NULL), 1);
        assert_int_equal(n, bytes);
        memset(value, (int)('a' + i % 26), bytes);
        assert_memory_equal(at, value, bytes);
    }
    ch_store_close(s);
}

/* Opening fails with `code` and says "path: words". */
static void expect_refusal(const char *path, int code, const char *words)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s;
    char want[1400];

    snprintf(want, sizeof want, "%s: %s", path, words);
    assert_int_equal(ch_store_open(&s, path, &e), code);
    assert_null(s);
    assert_string_equal(e.msg, want);
}

static void make(const char *path, uint32_t count, size_t bytes)
{
    struct ch_err e = CH_ERR_INIT;
    struct ch_store *s = open_writer(path);

    if (put(s, 0, count, bytes, &e) || ch_store_commit(s, &e))
        fail_msg("%s", e.msg);
    ch_store_close(s);
}

/* Bytes of a mapped file that are in this process's memory. */
static inline size_t resident_of(const char *path)
{
    FILE *f = fopen("/proc/self/smaps", "r");
    char line[4352];
    size_t kib, sum = 0;
    int is_it = 0;

    assert_non_null(f);
    while (fgets(line, sizeof line, f)) {
        if (strstr(line, path))
            is_it = 1;
        else if (sscanf(line, "Rss: %zu kB", &kib) == 1) {
            sum += is_it ? kib << 10 : 0;
            is_it = 0;
        }
    }
    fclose(f);
    return sum;
}

#endif
