/* chorus-serve.c - captions over HTTP, and a page for people */
#include "chorus/serve.h"
#include "cmd/cli.h"

#include <signal.h>
#include <stdio.h>

static volatile sig_atomic_t stopped;

static void on_stop(int signal)
{
    (void)signal;
    stopped = 1;
}

static struct ch_serve_options o;
static uint64_t port;

static const struct ch_option options[] = {
    { .kind = CH_OPTION_TEXT, .name = "encoder", .value = "FILE",
      .to = &o.encoder,
      .help = "the model's encoder, if it is not beside the model" },
    { .kind = CH_OPTION_COUNT, .name = "threads", .value = "N",
      .to = &o.threads, .low = 0, .high = 1024,
      .help = "that look at photos; 0: one for each core" },
    { .kind = CH_OPTION_GROUP, .name = "Address" },
    { .kind = CH_OPTION_TEXT, .name = "host", .value = "ADDRESS",
      .to = &o.host,
      .help = "address to listen on; 0.0.0.0 lets other machines in" },
    { .kind = CH_OPTION_COUNT, .name = "port", .value = "N", .to = &port,
      .low = 0, .high = 65535, .help = "port to listen on; 0: any" },
    { .kind = CH_OPTION_GROUP, .name = "Load" },
    { .kind = CH_OPTION_COUNT, .name = "batch", .value = "N", .to = &o.batch,
      .low = 1, .high = 1024, .help = "photos searched together, at most" },
    { .kind = CH_OPTION_COUNT, .name = "wait", .value = "MS",
      .to = &o.wait_ms, .low = 0, .high = 1000,
      .help = "milliseconds for photos on their way to join a batch" },
    { .kind = CH_OPTION_COUNT, .name = "queue", .value = "N", .to = &o.queue,
      .low = 1, .high = 65536,
      .help = "photos that wait, at most; others are told to come again" },
    { .kind = CH_OPTION_GROUP, .name = "Limits" },
    { .kind = CH_OPTION_COUNT, .name = "max-beam", .value = "K",
      .to = &o.max_beam, .low = 1, .high = 100,
      .help = "the widest beam, and most captions, that may be asked for" },
    { .kind = CH_OPTION_COUNT, .name = "max-bytes", .value = "N",
      .to = &o.max_bytes, .low = 1024, .high = UINT64_C(1) << 29,
      .help = "of a request" },
    { .kind = CH_OPTION_COUNT, .name = "max-pixels", .value = "N",
      .to = &o.max_pixels, .low = 1, .high = UINT64_C(1) << 28,
      .help = "of a photo" },
    { .kind = CH_OPTION_COUNT, .name = "timeout", .value = "S",
      .to = &o.timeout_s, .low = 1, .high = 3600,
      .help = "seconds that a request, or its answer, may take to pass" },
    { .name = NULL },
};

static const struct ch_program program = {
    .name = "chorus-serve",
    .summary = "Caption photos over HTTP, and on a page that reads them out.",
    .operands = "MODEL",
    .examples =
        "  chorus serve run/best.safetensors\n"
        "  curl --data-binary @photo.jpg -H 'Content-Type: image/jpeg' \\\n"
        "    'http://127.0.0.1:8000/v1/caption?beam=5&n=3&sentence=1'\n"
        "  curl -F photo=@photo.jpg http://127.0.0.1:8000/v1/caption\n",
    .options = options,
};

static void when_ready(void *context, const char *base)
{
    (void)context;
    puts(base);
    fflush(stdout);
    ch_log(CH_LOG_INFO, "listening on %s; stop with Ctrl-C", base);
}

static int run(const struct ch_arguments *a, struct ch_err *e)
{
    struct sigaction action = { .sa_handler = on_stop };

    if (a->operand_count != 1)
        return ch_fail(e, CH_EUSAGE, "expected one model, found %zu; see "
                       "chorus-serve --help", a->operand_count);
    o.model = a->operand[0];
    o.port = (uint16_t)port;
    o.stop = &stopped;
    o.ready = when_ready;
    sigaction(SIGINT, &action, NULL);
    sigaction(SIGTERM, &action, NULL);
    /* Who hung up is told by a write that fails. */
    signal(SIGPIPE, SIG_IGN);
    return ch_serve_run(&o, e);
}

int main(int argc, char **argv)
{
    struct ch_arguments arguments;
    struct ch_err e = CH_ERR_INIT;
    int exit_code, rc;

    ch_serve_defaults(&o);
    port = o.port;
    if (ch_cli_begin(&program, argc, argv, &arguments, &exit_code))
        return exit_code;
    rc = run(&arguments, &e);
    return ch_cli_end(&program, rc, &e);
}
