# Chorus: image captioning, trained on every core.  `make help` lists targets.
#
# build/CONFIG/ holds everything made: release (default), debug, asan (with
# UBSan), tsan, cov, clang, fuzz.  CC, CFLAGS and LDFLAGS given by the user come
# last; WERROR=1 makes warnings errors.  MPICC=mpicc.mpich builds with another
# MPI, in build/CONFIG-mpich/.

MAKEFLAGS += --no-builtin-rules --no-print-directory
.DELETE_ON_ERROR:
.SUFFIXES:

CONFIG ?= release
PREFIX ?= /usr/local
DESTDIR ?=
V ?= 0
WERROR ?= 0
ifeq ($(origin CC),default)
CC := gcc
endif

CONFIGS := release debug asan tsan cov clang fuzz
ifeq ($(filter $(CONFIG),$(CONFIGS)),)
$(error CONFIG=$(CONFIG) is not known; choose one of: $(CONFIGS))
endif

FLAGS_release := -O2 -g
FLAGS_debug   := -O0 -g3
FLAGS_asan    := -O1 -g -fsanitize=address,undefined \
                 -fno-sanitize-recover=undefined -fno-omit-frame-pointer
FLAGS_tsan    := -O1 -g -fsanitize=thread
FLAGS_cov     := -O0 -g --coverage
FLAGS_clang   := -O2 -g
FLAGS_fuzz    := -O1 -g -fsanitize=fuzzer-no-link,address,undefined \
                 -fno-sanitize-recover=undefined -fno-omit-frame-pointer

# The MPI to build with, by the name of its compiler, and its mpirun.
MPICC ?= mpicc
MPIRUN ?= $(if $(findstring /,$(MPICC)),$(dir $(MPICC)))$(patsubst \
            mpicc%,mpirun%,$(notdir $(MPICC)))
export MPIRUN

B := build/$(CONFIG)$(patsubst mpicc.%,-%,$(filter mpicc.%,$(notdir $(MPICC))))
Q := $(if $(filter 1,$(V)),,@)
comma := ,

# ------------------------------------------------------------- the sources
# Listed, not globbed, in the order of the flow: the list is the map.
SRC_base   := err log progress stack mapped arena hole bytes file file_list spill hash rng \
              text json json_stream json_scan csv_row choice options \
              option_help option_file option_paths pool safetensors html host http \
              sql watch
SRC_kernel := half_ref vector_ref gate_ref gru_ref maxout_ref attend_ref \
              softmax_ref smooth_ref adam_ref panel_ref coarse_ref \
              half_avx2 vector_avx2 gate_avx2 gru_avx2 attend_avx2 softmax_avx2 \
              adam_avx2 panel_avx2 coarse_avx2 \
              half_avx512 vector_avx512 gate_avx512 gru_avx512 attend_avx512 \
              softmax_avx512 adam_avx512 \
              panel_avx512 descent gemm_ref gemm_openblas gemm_dnnl gemm cpu kernel \
              kernel_check product version
SRC_data   := vocab split source flickr flickr_csv coco karpathy genome table \
              csv jsonl record store pages manifest shard set prepare_source \
              beside prepare_keep prepare verify inspect summary move reshard \
              merge exif jpeg png webp picture image crop \
              onnx openvino encoder_spec encoder_link encoder \
              feature estimate check check_page \
              piece encode_record encode_shard encode_folder encode_end encode \
              lanes batch
SRC_net    := param dropout gradient linear feed words norm image_input grid lstm gru maxout \
              rnn attention output nic sat att2in updown kind nonfinite decoder \
              step_cell step_nic step_sat step_att2in step_updown step mixed model \
              model_write export weights
SRC_train  := settings preset phase trace crew beacon watchdog_member watchdog \
              tree reduce_blank reduce_take reduce_near reduce reduce_slice update \
              schedule checkpoint_text checkpoint checkpoint_compare keep \
              measure replica_data replica \
              replica_check save learn guard resume validate utter judge show stop \
              straggler events trainlog debug train_step train_epoch train replay plan \
              census probe preflight stage average
SRC_caption := best constraint filter candidate ensemble group sample greedy \
               beam search tell captioner sight ids input sentence form maps supply run
SRC_score  := caption_file caption_json caption_shards reference score_input ptb_unicode \
              ptb_set ptb_rules ptb_nfa ptb_dfa ptb_border ptb_match ptb_units \
              ptb_spell ptb token ngram_word ngram ngram_index bleu rouge cider \
              meteor_data meteor_file meteor_tree meteor_make meteor_norm \
              meteor_stem meteor_book meteor_match meteor_align meteor_stats \
              meteor frequency score score_stats score_output significance \
              kendall agreement report_json score_report
SRC_page   := chart page_run page_curves page_tables page_said looks \
              page_look page page_live
SRC_rate   := mean alpha kappa correlation ticket study album gather order \
              assign new answer urlform route limit rate_style rate_page \
              serve ratings result_rater result_agree result_score result \
              rate_csv import rate_text rate_json rate_html report
SRC_serve  := multipart ask metrics asset service server
SRC_use    := html_image alt_place alt_review alt_say alt xmp alt_sidecar \
              alt_photo noun query index rank roll link tag near sketch twin find_form find
LAYERS     := base kernel data net train caption score page rate serve use
COMM_OBJ_mpi  := $(patsubst %,$(B)/src/train/%.o,comm_mpi comm_mpi_count \
                   comm_mpi_share)
COMM_OBJ_self := $(B)/src/train/comm_self.o

PROGRAMS     := chorus chorus-shard chorus-encode chorus-train \
                chorus-caption chorus-serve chorus-alt chorus-tag chorus-find \
                chorus-score chorus-rate \
                chorus-report chorus-inspect chorus-verify chorus-average \
                chorus-export chorus-import
MPI_PROGRAMS := chorus-encode chorus-train chorus-caption

LIB_SRC := $(foreach l,$(LAYERS),$(patsubst %,src/$l/%.c,$(SRC_$l)))
LIB_OBJ := $(LIB_SRC:%.c=$(B)/%.o)
LIB     := $(B)/libchorus.a
CLI_OBJ := $(B)/src/cmd/cli.o
CLI_RANKS_OBJ := $(B)/src/cmd/cli_ranks.o
BIN     := $(PROGRAMS:%=$(B)/%)

# ------------------------------------------------------------ the libraries
# One pkg-config name per library; a missing one stops with its package.
# libspng's is spng where meson built it, libspng where cmake did.
SPNG := $(if $(shell pkg-config --exists libspng 2>/dev/null && echo y),lib)spng
PKG := openblas lmdb libturbojpeg $(SPNG) libwebp jansson libxxhash libutf8proc \
       libmicrohttpd sqlite3 libxml-2.0
DEB_openblas     := libopenblas-dev
DEB_lmdb         := liblmdb-dev
DEB_libturbojpeg := libturbojpeg0-dev
DEB_spng         := libspng-dev
DEB_libwebp      := libwebp-dev
DEB_jansson      := libjansson-dev
DEB_libxxhash    := libxxhash-dev
DEB_libutf8proc  := libutf8proc-dev
DEB_libmicrohttpd := libmicrohttpd-dev
DEB_sqlite3      := libsqlite3-dev
DEB_libxml-2.0   := libxml2-dev
DEB_cmocka       := libcmocka-dev

# The OpenVINO wheel: `make packages` puts it there.
OPENVINO ?= $(firstword $(wildcard build/venv/lib/python3*/site-packages/openvino))
OPENVINO_C = $(firstword $(wildcard $(OPENVINO)/libs/libopenvino_c.so*))

NO_DEPS := help clean dist packages packages-test check meteor quickstart flickr8k \
           format asan tsan fuzz clang-build mpich
ifneq ($(filter-out $(NO_DEPS),$(or $(MAKECMDGOALS),all)),)
  ifeq ($(shell command -v pkg-config),)
    $(error pkg-config is missing; run `make packages`, or install pkg-config)
  endif
  MISSING := $(foreach p,$(PKG),$(if $(shell pkg-config --exists $p && echo y),,$(DEB_$p)))
  # libstemmer has no file for pkg-config.
  MISSING += $(shell echo '\#include <libstemmer.h>' | $(CC) $(CFLAGS) -E - \
               >/dev/null 2>&1 || echo libstemmer-dev)
  # An MPI's compiler tells its flags; Open MPI and MPICH both know -show.
  MPI_SHOW := $(shell $(MPICC) -show 2>/dev/null)
  ifeq ($(MPI_SHOW),)
    MISSING += $(if $(filter mpicc,$(MPICC)),libopenmpi-dev,$(MPICC))
  endif
  ifneq ($(strip $(MISSING)),)
    $(error missing libraries; run `make packages`, or install: $(MISSING))
  endif
  ifeq ($(OPENVINO_C),)
    $(error OpenVINO is missing; run `make packages`, or set OPENVINO=.../site-packages/openvino)
  endif
  # oneDNN's header is all that is wanted of it, and may be missing.
  DNNL := $(shell printf '\#include <dnnl.h>\n\#if DNNL_VERSION_MAJOR != 2\n\#error\n\#endif\n' \
            | $(CC) $(CFLAGS) -E - >/dev/null 2>&1 && echo -DCH_DNNL)
  PKG_CFLAGS := $(filter-out -I/usr/include,$(shell pkg-config --cflags $(PKG)))
  PKG_LIBS   := $(shell pkg-config --libs $(PKG))
  MPI_CFLAGS := $(filter -I% -D%,$(MPI_SHOW))
  MPI_LIBS   := $(filter -L% -l% -Wl$(comma)%,$(MPI_SHOW))
endif

WARN := -Wall -Wextra -Wshadow -Wstrict-prototypes -Wmissing-prototypes \
        -Wpointer-arith -Wcast-qual -Wwrite-strings -Wvla -Wundef \
        $(if $(filter 1,$(WERROR)),-Werror)
# No contraction: the compiler must not fuse a*b+c where it likes, or two
# compilers would train two models.
BASE_FLAGS := -std=c11 -D_GNU_SOURCE $(WARN) -ffp-contract=off \
              -fno-math-errno -pthread -Iinclude -Isrc $(FLAGS_$(CONFIG))
ALL_CFLAGS = $(BASE_FLAGS) $(PKG_CFLAGS) $(ISA) $(DOOR) $(CFLAGS)
# OpenVINO is opened by the programs that look at pictures, when they do.
LINK_LIBS   = -Wl,--as-needed $(PKG_LIBS) -lstemmer \
              -Wl,-rpath,$(abspath $(OPENVINO))/libs -lm -pthread
# gcc's sanitizers open libraries in the place of the program, and the loader
# looks where the path of a caller says that is new, or of all that are old.
LINK_asan  := -Wl,--disable-new-dtags
LINK_tsan  := -Wl,--disable-new-dtags

# Instruction set by file suffix, library flags for doors; nothing else.
ISA_avx2   := -mavx2 -mfma
ISA_avx512 := -mavx512f -mavx512bw -mavx512dq -mavx512vl -mfma -mf16c
$(B)/src/kernel/%_avx2.o:   ISA = $(ISA_avx2)
$(B)/src/kernel/%_avx512.o: ISA = $(ISA_avx512)
OPENVINO_DOOR = -isystem $(OPENVINO)/include \
                -DCH_OPENVINO_LIBRARY='"$(notdir $(OPENVINO_C))"'
$(B)/src/data/openvino.o $(B)/src/data/encoder.o: DOOR = $(OPENVINO_DOOR)
$(B)/src/kernel/gemm_dnnl.o: DOOR = $(DNNL)
$(COMM_OBJ_mpi):            DOOR = $(MPI_CFLAGS)

# ---------------------------------------------------------------- building
.PHONY: all
all: $(BIN) $(B)/scenes $(B)/meteor-make

# The assembler reads the files of the page.
$(B)/src/serve/asset.o: $(wildcard src/serve/page/*)

# Changed compiler or flags rebuild everything.
STAMP := $(B)/flags
FLAGS = $(CC) $(BASE_FLAGS) $(PKG_CFLAGS) $(CFLAGS) $(LDFLAGS) $(OPENVINO) \
        $(MPI_SHOW) $(DNNL)
$(STAMP): FORCE
	@mkdir -p $(B)
	@echo '$(FLAGS)' | cmp -s - $@ || echo '$(FLAGS)' > $@
FORCE:

$(B)/%.o: %.c $(STAMP)
	@mkdir -p $(dir $@)
	$(if $Q,@echo "  CC    $<")
	$Q$(CC) $(ALL_CFLAGS) -MMD -MP -c $< -o $@

$(LIB): $(LIB_OBJ)
	$(if $Q,@echo "  AR    $@")
	$Qrm -f $@ && ar rcs $@ $^

# What `make install` puts beside a program is found first.
link = $(if $Q,@echo "  LINK  $@";) $(CC) $(FLAGS_$(CONFIG)) $(LINK_$(CONFIG)) \
       $(LDFLAGS) -o $@ $1 \
       -Wl,-rpath,'$$ORIGIN/../lib/chorus/openvino' $(LINK_LIBS)

$(filter-out $(MPI_PROGRAMS:%=$(B)/%),$(BIN)): $(B)/%: $(B)/src/cmd/%.o $(CLI_OBJ) $(LIB)
	$(call link,$^)
# Exported, functions have names in the stack of a rank that hangs.
$(MPI_PROGRAMS:%=$(B)/%): $(B)/%: $(B)/src/cmd/%.o $(CLI_OBJ) $(CLI_RANKS_OBJ) $(COMM_OBJ_mpi) $(LIB)
	$(call link,$(filter %.o,$^) $(LIB) $(MPI_LIBS) -rdynamic)
$(B)/chorus-train: $(B)/src/cmd/cli_preflight.o

# The synthetic pictures: a program of its own, not part of the library.
SCENES := scenes scenes_plan scenes_canvas scenes_things scenes_ground \
          scenes_paint scenes_words
$(B)/scenes: $(SCENES:%=$(B)/data-prep/%.o) $(LIB)
	$(call link,$^)

# Makes the data of METEOR out of METEOR's files.
$(B)/meteor-make: $(B)/data-prep/meteor_make.o $(LIB)
	$(call link,$^)

# ------------------------------------------------------------------- tests
UNIT := $(patsubst tests/unit/%.c,$(B)/tests/unit/%,$(wildcard tests/unit/test_*.c))
NP   := $(patsubst tests/parallel/%.c,$(B)/tests/parallel/%,$(wildcard tests/parallel/np_*.c))
FUZZ := $(patsubst tests/fuzz/%.c,$(B)/tests/fuzz/%,$(wildcard tests/fuzz/fuzz_*.c))
BENCH := $(patsubst tests/bench/%.c,$(B)/tests/bench/%,$(wildcard tests/bench/bench_*.c))

$(UNIT): $(B)/tests/unit/%: $(B)/tests/unit/%.o $(COMM_OBJ_self) $(CLI_OBJ) $(CLI_RANKS_OBJ) $(LIB)
	$(call link,$(filter-out $(LIB),$^) $(LIB) -lcmocka)
$(NP): $(B)/tests/parallel/%: $(B)/tests/parallel/%.o $(COMM_OBJ_mpi) $(LIB)
	$(call link,$^ $(MPI_LIBS) -lcmocka)
# libFuzzer, which clang has, takes the place of our own driver.
FUZZ_MAIN := $(if $(filter fuzz,$(CONFIG)),,$(B)/tests/fuzz/driver.o)
$(FUZZ): $(B)/tests/fuzz/%: $(B)/tests/fuzz/%.o $(FUZZ_MAIN) $(LIB)
	$(call link,$^ $(if $(FUZZ_MAIN),,-fsanitize=fuzzer))
$(BENCH): $(B)/tests/bench/%: $(B)/tests/bench/%.o $(LIB)
	$(call link,$^)

# Preloaded are the fault door, and under MPICH what lets others go first;
# flip_bits reads as the trainer does.
FAULT := $(B)/tests/fault/door.so $(B)/tests/fault/flip_bits
YIELD := $(if $(filter mpicc.mpich,$(notdir $(MPICC))),$(B)/tests/parallel/yield.so)
$(B)/%.so: %.c $(STAMP)
	@mkdir -p $(dir $@)
	$(if $Q,@echo "  CC    $<")
	$Q$(CC) $(filter-out -fsanitize% -fno-sanitize%,$(BASE_FLAGS)) -fno-builtin \
	  -fPIC -shared $(CFLAGS) -o $@ $<
$(B)/tests/fault/flip_bits: $(B)/tests/fault/flip_bits.o $(COMM_OBJ_self) $(LIB)
	$(call link,$^ -lcmocka)

# Programs that compare with frameworks; scripts beside them run them.
GOLDEN := $(patsubst tests/%.c,$(B)/tests/%,$(wildcard tests/golden/*.c))
$(GOLDEN): $(B)/tests/%: $(B)/tests/%.o $(LIB)
	$(call link,$^)

# A unit test of the scenes needs their parts, but not their main().
$(B)/tests/unit/test_scenes: $(filter-out %/scenes.o,$(SCENES:%=$(B)/data-prep/%.o))

.PHONY: tests
tests: all $(UNIT) $(NP) $(FAULT) $(FUZZ) $(BENCH) $(GOLDEN)

# tests/run.sh runs executables: what needs more words around it gets a script.
RANKS := 1 2 3 4
script = mkdir -p $(dir $1) && printf '\#!/bin/sh\nexec %s\n' '$2' > $1 && chmod +x $1
NP_RUN     := $(foreach n,$(RANKS),$(NP:%=%-ranks-$n))
FUZZ_RUN   := $(FUZZ:%=%-corpus)
# Under valgrind left out are: test_overfit, which takes minutes (test_decoder
# runs the same layers); test_light and test_lite2, whole networks of others,
# more than three minutes each; test_gemm_dnnl, whose library writes machine code
# (minutes there), and for which glibc seems to lose a block when it is opened;
# the others here for their time, most of which goes into loading OpenVINO:
# test_feature and test_encode_shard run the same code.  valgrind knows no
# AVX-512: on a processor that has it, the system lists more than valgrind's has,
# and networks were not seen to run there.
GRIND_SKIP := $(addprefix $(B)/tests/unit/,test_encode test_encoder \
                test_estimate test_gemm_dnnl test_light test_lite2 \
                test_overfit test_summary \
                $(if $(shell grep -m 1 -o avx512f /proc/cpuinfo 2>/dev/null), \
                  test_cpu test_encode_shard test_feature))
GRIND_RUN  := $(patsubst %,%-valgrind,$(filter-out $(GRIND_SKIP),$(UNIT)))

define NP_RULE
$(B)/tests/parallel/%-ranks-$1: $(B)/tests/parallel/%
	@$$(call script,$$@,$$(MPIRUN) -n $1 $$<)
endef
$(foreach n,$(RANKS),$(eval $(call NP_RULE,$n)))
$(FUZZ_RUN): %-corpus: %
	@$(call script,$@,find tests/fuzz/corpus/$(notdir $<) -type f -exec $< {} +)
# libjpeg-turbo's vectors compute whole registers, also past the end of a row.
# valgrind takes the two sums of a pmaddwd for one value, so the green of a row's
# last pixel is "uninitialised" with its unused neighbour's.  The C code gives the
# same bytes; elsewhere the vectors stay, so that their writes are watched.
$(B)/tests/unit/test_picture-valgrind: GRIND_ENV = env JSIMD_FORCENONE=1
$(B)/tests/unit/test_decoder-valgrind: GRIND_ENV = env EVERY=17
$(GRIND_RUN): %-valgrind: % tests/valgrind.supp
	@$(call script,$@,$(GRIND_ENV) valgrind -q --error-exitcode=9 \
	  --leak-check=full --suppressions=tests/valgrind.supp $<)

# Many ranks on few cores, also as root in a container.
export OMPI_MCA_rmaps_base_oversubscribe := 1
export OMPI_MCA_hwloc_base_binding_policy := none
export OMPI_MCA_mpi_yield_when_idle := 1
export OMPI_MCA_btl_vader_single_copy_mechanism := none
ifeq ($(shell id -u),0)
  export OMPI_ALLOW_RUN_AS_ROOT := 1
  export OMPI_ALLOW_RUN_AS_ROOT_CONFIRM := 1
endif
export OPENBLAS_NUM_THREADS ?= 1

# Seconds that one test may take.
LIMIT ?= 120
run = tests/run.sh $(notdir $B) $1 $2
# As many at a time as there are cores: those of one process, which measure no
# time.
each = JOBS=$$(nproc) $(run)

.PHONY: unit parallel integration fault long cluster packaged fuzz-corpus lint \
        valgrind
unit: $(UNIT) ## unit tests
	$(call each,$(LIMIT),$(UNIT))
yielding = $(if $(YIELD),LD_PRELOAD=$(abspath $(YIELD))) $(run)
parallel: all $(NP_RUN) $(YIELD) ## tests under mpirun with 1, 2, 3 and 4 ranks
	$(call yielding,300,$(NP_RUN) $(sort $(wildcard tests/parallel/*.sh)))
integration: all $(NP) ## the programs, from photos to scores, and on SLURM
	$(call run,300,$(sort $(wildcard tests/integration/[0-9]*.sh tests/cluster/[0-9]*.sh)))
FAULT_RUN = $(B)/tests/fault/flip_bits $(sort $(wildcard tests/fault/*.sh))
fault: all $(NP) $(FAULT) ## bad input, dying ranks, full disks
	$(call run,$(LIMIT),$(FAULT_RUN))
# The scripts and flip_bits say what these are.
long: export FAULT_POINTS := 200
long: export FLIPS := 1000
long: export KILLS := 30
long: export SOAK_STEPS := 20000
long: export GENOME_MB := 128
long: all $(NP) $(FAULT) ## the faults at many more places, hours of them
	$(call run,14400,$(FAULT_RUN))
	$Q$(MAKE) tsan
	$Q$(MAKE) packaged
packaged: all ## the Debian package installs and runs in a bare Debian
	$(call run,3600,$(sort $(wildcard tests/package/[0-9]*.sh)))
cluster: all $(NP) ## of these, those on pretended hosts and a real SLURM
	$(call run,600,$(sort $(wildcard tests/cluster/[0-9]*.sh)))
fuzz-corpus: $(FUZZ_RUN) ## every input that ever broke a parser
	$(call each,$(LIMIT),$(FUZZ_RUN))
lint: all ## layers, doors, names, sizes
	$(call each,$(LIMIT),$(sort $(wildcard tests/lint/*.sh)))
# The longest first, so that no core waits for one of them in the end.
GRIND_LONG := $(addprefix $(B)/tests/unit/test_,$(addsuffix -valgrind, \
                meteor_cases twin decoder sample meteor_align score_cases \
                encode_shard gemm feature train product preflight))
valgrind: $(GRIND_RUN) ## unit tests under valgrind
	$(call each,600,$(filter $(GRIND_LONG),$(GRIND_RUN)) \
	  $(filter-out $(GRIND_LONG),$(GRIND_RUN)))

# Another MPI, where it is installed; all of its tests are
# make MPICC=mpicc.mpich parallel.
.PHONY: mpich mpich-tests
mpich: ## what two ranks of MPICH say, and whether they get the same bits
	$Qif command -v mpicc.mpich >/dev/null; then \
	  $(MAKE) MPICC=mpicc.mpich MPIRUN=mpirun.mpich mpich-tests; \
	else echo 'skipped: no mpicc.mpich'; \
	  echo '0 passed, 0 failed, 1 skipped'; fi
MPICH_RUN = $(filter %-ranks-2,$(NP_RUN)) tests/parallel/same_bits.sh
mpich-tests: $(B)/chorus-train $(filter %-ranks-2,$(NP_RUN)) $(YIELD)
	$(call yielding,300,$(MPICH_RUN))

.PHONY: bench
bench: $(BENCH) ## how fast the kernels and a pass of the decoder are
	$Qfor b in $(BENCH); do $$b || exit; done

# Sanitizers and another compiler live in folders of their own.
.PHONY: asan asan-tests clang-build check
asan: ## unit, corpus and two ranks with the sanitizers
	$Q$(MAKE) CONFIG=asan asan-tests
asan-tests: export LSAN_OPTIONS = suppressions=tests/lsan.supp:print_suppressions=0
# OpenVINO's threads are loaded in a way that the sanitizers refuse, but for:
asan-tests: export TBB_ENABLE_SANITIZERS = 1
# Parts that Open MPI and OpenVINO have unloaded have no names, so what they keep
# is known by whole stacks only, which take up to twenty times as long.
ASAN_WHOLE := $(patsubst %,%-whole,$(filter %-ranks-2,$(NP_RUN)) \
                $(addprefix $(B)/tests/unit/test_,encoder estimate summary))
$(ASAN_WHOLE): %-whole: %
	@$(call script,$@,env ASAN_OPTIONS=fast_unwind_on_malloc=0 $<)
asan-tests: $(ASAN_WHOLE) $(filter-out $(ASAN_WHOLE:%-whole=%),$(UNIT)) $(FUZZ_RUN)
	$(call each,300,$^)
.PHONY: tsan tsan-tests
tsan: ## what threads share, with ThreadSanitizer
	$Q$(MAKE) CONFIG=tsan tsan-tests
# Those that start threads of ours.  OpenBLAS and OpenVINO are not compiled for
# it: what they do among themselves is not looked at.
TSAN := $(addprefix $(B)/tests/unit/,test_pool test_crew test_save test_resume \
          test_validate test_train_stops test_ptb test_score)
tsan-tests: export TSAN_OPTIONS = ignore_noninstrumented_modules=1
tsan-tests: $(TSAN)
	$(call each,300,$(TSAN))
.PHONY: fuzz fuzz-targets
fuzz: ## readers of files, SECONDS (600) of libFuzzer each, one by one
	$QCONFIG=fuzz CC=clang $(MAKE) fuzz-targets
	$Qtests/fuzz/long.sh
fuzz-targets: $(FUZZ)
clang-build: ## everything compiled by clang, warnings are errors
	$Q$(MAKE) CONFIG=clang CC=clang WERROR=1 tests
check: packages-test ## all of these, warnings are errors
	$Qtests/check.sh $(MAKE)

# ---------------------------------------------------------- the way in
.PHONY: help packages packages-test meteor quickstart flickr8k
help: ## this table
	@echo 'all             build everything (the default)'
	@sed -n 's/^\([a-z0-9-]*\):[^#]*## \(.*\)/\1\t\2/p' Makefile \
	  | while IFS='	' read -r t d; do printf '%-15s %s\n' "$$t" "$$d"; done
	@echo 'Set: CONFIG=$(subst $() ,|,$(CONFIGS))  V=1  WERROR=1  CC CFLAGS LDFLAGS MPICC'
packages: ## install what building and running needs
	$Qlaunch/packages.sh build
packages-test: ## install what the tests need, too
	$Qlaunch/packages.sh test
meteor: packages ## METEOR's tables: fetches 104 MB, keeps 63 MB
	$Q$(MAKE) $(B)/meteor-make
	$QBIN=$(B) data-prep/meteor.sh build/meteor
# The scores of the recipes hold METEOR; without the network they do without.
METEOR = BIN=$(B) data-prep/meteor.sh build/meteor \
	    || echo 'make: going on without METEOR' >&2
quickstart: packages ## learn to caption synthetic scenes, in minutes
	$Q$(MAKE) all
	$Q$(METEOR)
	$QBIN=$(B) data-prep/quickstart.sh build/quickstart
DATA ?= ../shared/data
flickr8k: packages ## the same on Flickr8k: DATA=folder with flickr8k/
	$Q$(MAKE) all
	$Q$(METEOR)
	$QBIN=$(B) data-prep/flickr8k.sh $(DATA)/flickr8k/images $(DATA)/flickr8k \
	  build/flickr8k

# -------------------------------------------------------- installing
.PHONY: install uninstall dist deb format clean
bindir := $(DESTDIR)$(PREFIX)/bin
libdir := $(DESTDIR)$(PREFIX)/lib
incdir := $(DESTDIR)$(PREFIX)/include/chorus
mandir := $(DESTDIR)$(PREFIX)/share/man/man1
datadir := $(DESTDIR)$(PREFIX)/share/chorus
moddir := $(DESTDIR)$(PREFIX)/share/modulefiles/chorus
seedir := $(DESTDIR)$(PREFIX)/lib/chorus/openvino
VERSION = $(shell sed -n 's/.*CH_VERSION "\(.*\)"/\1/p' include/chorus/version.h)
HEADERS := $(wildcard include/chorus/*.h)
MAN     := $(wildcard man/*.1)
# Of OpenVINO what reads and runs networks on a CPU.
SEE = $(wildcard $(addprefix $(OPENVINO)/libs/lib,openvino.so.* \
        openvino_c.so.* openvino_intel_cpu_plugin.so openvino_ir_frontend.so.* \
        openvino_onnx_frontend.so.* openvino_tensorflow_lite_frontend.so.* \
        hwloc.so.* tbb.so.* tbbmalloc.so.* tbbbind_2_5.so.*)) \
      $(wildcard $(OPENVINO)-*.dist-info/licenses/LICENSE)
# What starts programs on several hosts finds its own files beside it.
JOBS := $(filter-out launch/packages.sh,$(wildcard launch/* cluster/*)) \
        data-prep/steps.sh

# The two ways to be a job are archives of their own: a program that trains
# links exactly one of them.
install: all $(COMM_OBJ_mpi) $(COMM_OBJ_self) ## to PREFIX, below DESTDIR
	install -d $(bindir) $(libdir)/pkgconfig $(incdir) $(mandir)
	install -m 755 $(BIN) $(bindir)
	install -m 644 $(LIB) $(libdir)
	rm -f $(libdir)/libchorus-mpi.a $(libdir)/libchorus-self.a
	ar rcs $(libdir)/libchorus-mpi.a $(COMM_OBJ_mpi)
	ar rcs $(libdir)/libchorus-self.a $(COMM_OBJ_self)
	install -m 644 $(HEADERS) $(incdir)
	install -m 644 $(MAN) $(mandir)
	install -d $(seedir) $(moddir)
	install -m 644 $(SEE) $(seedir)
	for f in $(JOBS); do install -D $$f $(datadir)/$$f || exit; done
	sed -i 's,^BIN=.*,BIN=$(PREFIX)/bin,' $(datadir)/cluster/site.conf
	ln -sf ../share/chorus/launch/chorus-run $(bindir)/chorus-run
	sed 's,@PREFIX@,$(PREFIX),; s,@VERSION@,$(VERSION),' \
	  packaging/modulefile.in > $(moddir)/$(VERSION)
	[ ! -e build/meteor/meteor-en.bin ] || { install -d $(datadir) && \
	  install -m 644 build/meteor/meteor-en.bin \
	    build/meteor/COPYING.WORDNET $(datadir); }
	printf '%s\n' 'prefix=$(PREFIX)' 'Name: chorus' \
	  'Description: image captioning, trained on every core' \
	  'Version: $(VERSION)' 'Cflags: -I$${prefix}/include' \
	  'Libs: -L$${prefix}/lib -lchorus' \
	  'Libs.private: $(LINK_LIBS)' > $(libdir)/pkgconfig/chorus.pc
uninstall: ## remove what install put there
	rm -f $(PROGRAMS:%=$(bindir)/%) $(MAN:man/%=$(mandir)/%)
	rm -f $(libdir)/libchorus.a $(libdir)/libchorus-mpi.a
	rm -f $(libdir)/libchorus-self.a $(libdir)/pkgconfig/chorus.pc
	rm -f $(HEADERS:include/chorus/%=$(incdir)/%)
	rm -f $(datadir)/meteor-en.bin $(datadir)/COPYING.WORDNET
	rm -f $(bindir)/chorus-run $(JOBS:%=$(datadir)/%) $(moddir)/$(VERSION)
	rm -f $(addprefix $(seedir)/,$(notdir $(SEE)))
	-rmdir $(datadir)/launch $(datadir)/cluster $(datadir)/data-prep \
	  $(incdir) $(datadir) $(moddir) $(seedir) $(dir $(seedir)) 2>/dev/null
dist: ## the tree of the last commit as build/chorus-VERSION.tar.gz
	mkdir -p build
	git archive --prefix=chorus-$(VERSION)/ HEAD | gzip -n \
	  > build/chorus-$(VERSION).tar.gz
deb: all $(COMM_OBJ_mpi) $(COMM_OBJ_self) ## a Debian package, in build/
	$Qpackaging/deb.sh build/deb $(VERSION) $(MAKE)
format: ## clang-format on all C files
	clang-format --fallback-style=none -i $(shell git ls-files '*.c' '*.h')
# The venv and what quickstart made take long to make again: they stay.
clean: ## remove what was compiled; rm -rf build removes all
	rm -rf $(CONFIGS:%=build/%) $(CONFIGS:%=build/%-*) build/check build/deb

-include $(shell find $(B) -name '*.d' 2>/dev/null)
