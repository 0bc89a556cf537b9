# make check SAN=address, undefined or thread: everything is built with that sanitizer and every
# report of it, also of a rank that a test expects to fail, fails the check.
REPORTS  = $(abspath $(BUILD))/reports

ifeq ($(SAN),address)
SANITIZE = -fsanitize=address -fno-omit-frame-pointer
SLOWER   = 3
KEEP     = $(BUILD)/tests/sanitize/dlclose.o
KEPT     = -Wl,--export-dynamic-symbol=dlclose
# Tests ask for more memory than there is; that is refused as without a sanitizer. Libraries keep no
# frame pointers: only the slow way finds who called them, and so whose leak it is. What injects
# faults is loaded before the sanitizer.
export ASAN_OPTIONS = log_path=$(REPORTS)/address:fast_unwind_on_malloc=0:malloc_context_size=8:allocator_may_return_null=1:verify_asan_link_order=0:suppressions=$(abspath tests/sanitize/address.txt)
export LSAN_OPTIONS = suppressions=$(abspath tests/sanitize/leaks.txt):print_suppressions=0
else ifeq ($(SAN),undefined)
SANITIZE = -fsanitize=undefined
SLOWER   = 2
export UBSAN_OPTIONS = log_path=$(REPORTS)/undefined:print_stacktrace=1
else ifeq ($(SAN),thread)
# clang knows its OpenMP library (through libarcher, which that loads from where it lies itself);
# gcc's libgomp tells a sanitizer nothing, and all that its barriers order would be reported.
LLVM     = $(abspath $(shell clang -print-resource-dir)/../..)
SANITIZE = -fsanitize=thread
SLOWER   = 10
KEEP     = $(BUILD)/tests/sanitize/aio.o $(if $(URING),$(BUILD)/tests/sanitize/uring.o)
KEPT     = -Wl,--disable-new-dtags -Wl,-rpath,$(LLVM) -Wl,--export-dynamic-symbol='aio_*'
export OMPI_CC = clang
WARN_LESS = $(CLANG_WARN)
export TSAN_OPTIONS = log_path=$(REPORTS)/thread:allocator_may_return_null=1:ignore_noninstrumented_modules=1
CHECKED += clang libclang-rt-dev libomp-dev
else
$(error SAN=$(SAN): allowed: address, undefined, thread)
endif

export CUAL_TEST_REPORTS = $(REPORTS)
export CUAL_TEST_SLOWER = $(SLOWER)
