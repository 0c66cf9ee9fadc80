/* test_stack.c - threads that tell where they are */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "base/file.h"
#include "base/pool.h"
#include "base/stack.h"
#include "scratch.h"

static struct ch_err e;

/* What was told, freed by the caller. */
static char *told(void)
{
    char *text;
    size_t n;

    assert_int_equal(ch_file_read(scratch_path("told"), 1 << 16, &text, &n,
                                  &e), 0);
    return text;
}

/* stderr goes into a file; what it was before. */
static int listen(void)
{
    int fd = open(scratch_path("told"), O_CREAT | O_TRUNC | O_WRONLY, 0666);
    int before = dup(STDERR_FILENO);

    assert_true(fd >= 0 && before >= 0);
    dup2(fd, STDERR_FILENO);
    close(fd);
    return before;
}

static void listen_no_more(int before)
{
    dup2(before, STDERR_FILENO);
    close(before);
}

static int count(const char *text, const char *part)
{
    int n = 0;

    while ((text = strstr(text, part))) {
        text += strlen(part);
        n++;
    }
    return n;
}

static int wait_for_work(void *context, size_t index, struct ch_err *err)
{
    struct ch_queue **q = context;
    void *item;

    (void)index, (void)err;
    ch_queue_put(q[0], q);                   /* here */
    while (ch_queue_take(q[1], &item))
        ;
    return 0;
}

static void every_other_thread_tells_where_it_is(void **state)
{
    struct ch_queue *q[2];
    struct ch_pool *pool;
    char *text;
    void *item;
    int before;

    (void)state;
    assert_int_equal(ch_queue_open(&q[0], 2, &e), 0);
    assert_int_equal(ch_queue_open(&q[1], 2, &e), 0);
    assert_int_equal(ch_pool_start(&pool, 2, wait_for_work, q, &e), 0);
    ch_queue_take(q[0], &item);
    ch_queue_take(q[0], &item);
    ch_stack_begin("rank 3 on host b");
    before = listen();
    ch_stack_threads();
    listen_no_more(before);
    ch_stack_end();
    ch_queue_end(q[1]);
    assert_int_equal(ch_pool_finish(pool, &e), 0);
    ch_queue_close(q[0]);
    ch_queue_close(q[1]);
    text = told();
    assert_int_equal(count(text, "rank 3 on host b, thread "), 2);
    assert_int_equal(count(text, " is here:\n"), 2);
    assert_true(count(text, "test_stack") >= 2);     /* frames of our code */
    free(text);
}

static void a_stopped_process_tells_it_when_it_is_continued(void **state)
{
    int ready[2], status, before = listen();
    char *text, byte = 0;
    pid_t child;

    (void)state;
    assert_int_equal(pipe(ready), 0);
    child = fork();
    if (child == 0) {
        sigset_t all, none;

        sigfillset(&all);
        sigemptyset(&none);
        sigprocmask(SIG_SETMASK, &all, NULL);
        ch_stack_begin("rank 1 on host c");
        if (write(ready[1], "", 1) != 1)
            _exit(1);
        sigsuspend(&none);       /* for the signal, that came or will come */
        _exit(0);
    }
    assert_int_equal(read(ready[0], &byte, 1), 1);
    kill(child, SIGSTOP);
    assert_int_equal(waitpid(child, &status, WUNTRACED), child);
    assert_true(WIFSTOPPED(status));
    ch_stack_other(child);
    kill(child, SIGCONT);
    assert_int_equal(waitpid(child, &status, 0), child);
    listen_no_more(before);
    assert_true(WIFEXITED(status) && WEXITSTATUS(status) == 0);
    text = told();
    assert_int_equal(count(text, "rank 1 on host c, thread "), 1);
    free(text);
    close(ready[0]);
    close(ready[1]);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_other_thread_tells_where_it_is),
        cmocka_unit_test(a_stopped_process_tells_it_when_it_is_continued),
    };

    return cmocka_run_group_tests(tests, scratch_make, scratch_remove);
}
