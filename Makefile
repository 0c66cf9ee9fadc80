# Chorus: image captioning, trained on every core.  `make help` lists targets.
#
# build/CONFIG/ holds everything made: release (default), debug, asan (with
# UBSan), tsan, cov.  CC, CFLAGS and LDFLAGS given by the user come last.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:

CONFIG ?= release
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
ifeq ($(origin CC),default)
CC := gcc
endif

CONFIGS := release debug asan tsan cov
ifeq ($(filter $(CONFIG),$(CONFIGS)),)
$(error CONFIG=$(CONFIG) is not known; choose one of: $(CONFIGS))
endif

FLAGS_release := -O2 -g
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread
FLAGS_cov     := -O0 -g --coverage

B := build/$(CONFIG)
Q := $(if $(filter 1,$(V)),,@)

# ------------------------------------------------------------- the sources
# Listed, not globbed, in the order of the flow: the list is the map.
SRC_base   := err log progress arena bytes file hash rng text json options \
              pool safetensors
SRC_kernel := half_ref vector_ref gate_ref softmax_ref adam_ref \
              vector_avx512 gate_avx512 softmax_avx512 adam_avx512 \
              gemm_ref gemm_openblas cpu kernel
SRC_data   := vocab source flickr coco table record store manifest shard set \
              prepare jpeg image encoder_spec encoder encode lanes batch
SRC_net    := param dropout image_input lstm output decoder step model
SRC_train  := reduce update schedule checkpoint validate trainlog train
SRC_caption := greedy beam captioner
SRC_score  := token ngram bleu rouge cider score score_input
SRC_page   := html page page_log
LAYERS     := base kernel data net train caption score page
COMM_OBJ_mpi  := $(B)/src/train/comm_mpi.o
COMM_OBJ_self := $(B)/src/train/comm_self.o

PROGRAMS     := chorus chorus-shard chorus-encode chorus-train \
                chorus-caption chorus-score chorus-report
MPI_PROGRAMS := chorus-encode chorus-train

LIB_SRC := $(foreach l,$(LAYERS),$(patsubst %,src/$l/%.c,$(SRC_$l)))
LIB_SRC := $(wildcard $(LIB_SRC))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
LIB     := $(B)/libchorus.a
CLI_OBJ := $(B)/src/cmd/cli.o
BIN     := $(PROGRAMS:%=$(B)/%)

# ------------------------------------------------------------ the libraries
# One pkg-config name per library; a missing one stops with its package.
PKG := openblas lmdb libturbojpeg jansson libxxhash libutf8proc ompi-c
DEB_openblas     := libopenblas-dev
DEB_lmdb         := liblmdb-dev
DEB_libturbojpeg := libturbojpeg0-dev
DEB_jansson      := libjansson-dev
DEB_libxxhash    := libxxhash-dev
DEB_libutf8proc  := libutf8proc-dev
DEB_ompi-c       := libopenmpi-dev
DEB_cmocka       := libcmocka-dev

# The OpenVINO wheel: `make packages` puts it there.
OPENVINO ?= $(firstword $(wildcard build/venv/lib/python3*/site-packages/openvino))
OPENVINO_C = $(firstword $(wildcard $(OPENVINO)/libs/libopenvino_c.so*))

NO_DEPS := help clean packages packages-test check quickstart flickr8k format \
           uninstall
ifneq ($(filter-out $(NO_DEPS),$(or $(MAKECMDGOALS),all)),)
  ifeq ($(shell command -v pkg-config),)
    $(error pkg-config is missing; run `make packages`, or install pkg-config)
  endif
  MISSING := $(foreach p,$(PKG),$(if $(shell pkg-config --exists $p && echo y),,$(DEB_$p)))
  ifneq ($(strip $(MISSING)),)
    $(error missing libraries; run `make packages`, or install: $(MISSING))
  endif
  ifeq ($(OPENVINO_C),)
    $(error OpenVINO is missing; run `make packages`, or set OPENVINO=.../site-packages/openvino)
  endif
  PKG_CFLAGS := $(filter-out -I/usr/include,$(shell pkg-config --cflags $(filter-out ompi-c,$(PKG))))
  PKG_LIBS   := $(shell pkg-config --libs $(filter-out ompi-c,$(PKG)))
  MPI_CFLAGS := $(shell pkg-config --cflags ompi-c)
  MPI_LIBS   := $(shell pkg-config --libs ompi-c)
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef
# No contraction: the compiler must not fuse a*b+c where it likes, or two
# compilers would train two models.
BASE_FLAGS := -std=c11 -D_GNU_SOURCE $(WARN) -ffp-contract=off \
              -fno-math-errno -pthread -Iinclude -Isrc $(FLAGS_$(CONFIG))
ALL_CFLAGS = $(BASE_FLAGS) $(PKG_CFLAGS) $(ISA) $(DOOR) $(CFLAGS)
LINK_LIBS   = -Wl,--as-needed $(PKG_LIBS) $(OPENVINO_C) \
              -Wl,-rpath,$(abspath $(OPENVINO))/libs -lm -pthread

# Instruction set by file suffix, library flags for doors; nothing else.
ISA_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c
$(B)/src/kernel/%_avx512.o: ISA = $(ISA_avx512)
$(B)/src/data/encoder.o:    DOOR = -isystem $(OPENVINO)/include
$(B)/src/train/comm_mpi.o:  DOOR = $(MPI_CFLAGS)

# ---------------------------------------------------------------- building
.PHONY: all
all: $(BIN) $(B)/scenes

# Changed compiler or flags rebuild everything.
STAMP := $(B)/flags
$(STAMP): FORCE
	@mkdir -p $(B)
	@echo '$(CC) $(BASE_FLAGS) $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) $(OPENVINO)' \
	  | cmp -s - $@ || echo '$(CC) $(BASE_FLAGS) $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) $(OPENVINO)' > $@
FORCE:

$(B)/%.o: %.c $(STAMP)
	@mkdir -p $(dir $@)
	$(if $Q,@echo "  CC    $<")
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ)
	$(if $Q,@echo "  AR    $@")
	$Qrm -f $@ && ar rcs $@ $^

link = $(if $Q,@echo "  LINK  $@";) $(CC) $(FLAGS_$(CONFIG)) $(LDFLAGS) -o $@ $1 $(LINK_LIBS)

$(filter-out $(MPI_PROGRAMS:%=$(B)/%),$(BIN)): $(B)/%: $(B)/src/cmd/%.o $(CLI_OBJ) $(LIB)
	$(call link,$^)
$(MPI_PROGRAMS:%=$(B)/%): $(B)/%: $(B)/src/cmd/%.o $(CLI_OBJ) $(COMM_OBJ_mpi) $(LIB)
	$(call link,$^ $(MPI_LIBS))
# The synthetic pictures: a program of its own, not part of the library.
$(B)/scenes: $(B)/data-prep/scenes.o $(LIB)
	$(call link,$^)

# ------------------------------------------------------------------- tests
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
NP   := $(patsubst tests/parallel/%.c,$(B)/tests/parallel/%,$(wildcard tests/parallel/np_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))

$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(COMM_OBJ_self) $(CLI_OBJ) $(LIB)
	$(call link,$^ -lcmocka)
$(NP): $(B)/tests/parallel/%: $(B)/tests/parallel/%.o $(COMM_OBJ_mpi) $(LIB)
	$(call link,$^ $(MPI_LIBS) -lcmocka)
$(FUZZ): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(B)/tests/fuzz/driver.o $(LIB)
	$(call link,$^)

.PHONY: tests
tests: all $(UNIT) $(NP) $(FUZZ)

-include $(shell find $(B) -name '*.d' 2>/dev/null)
