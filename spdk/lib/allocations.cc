// SPDX-License-Identifier: BSD-3-Clause
//
// The ways to get memory, counted. The linker puts those of C here (CMakeLists.txt).
#include "allocations.hpp"

#include <cstdlib>
#include <new>

using csd::spdk::Allocations;

// NOLINTBEGIN(readability-identifier-naming): the linker makes these names
extern "C" {
void* __real_malloc(size_t bytes);
void* __real_calloc(size_t count, size_t bytes);
void* __real_realloc(void* memory, size_t bytes);
void* __wrap_malloc(size_t bytes) {
    Allocations::one();
    return __real_malloc(bytes);
}
void* __wrap_calloc(size_t count, size_t bytes) {
    Allocations::one();
    return __real_calloc(count, bytes);
}
void* __wrap_realloc(void* memory, size_t bytes) {
    Allocations::one();
    return __real_realloc(memory, bytes);
}
}
// NOLINTEND(readability-identifier-naming)

// Whole sets, as a sanitizer has functions of its own for what is left out.
void* operator new(size_t bytes, const std::nothrow_t&) noexcept {
    return malloc(bytes != 0 ? bytes : 1);
}
void* operator new[](size_t bytes, const std::nothrow_t&) noexcept {
    return malloc(bytes != 0 ? bytes : 1);
}
void* operator new(size_t bytes) {
    if (void* const memory = operator new(bytes, std::nothrow)) return memory;
    throw std::bad_alloc();
}
void* operator new[](size_t bytes) {
    return operator new(bytes);
}
void operator delete(void* memory) noexcept {
    free(memory);
}
void operator delete[](void* memory) noexcept {
    free(memory);
}
void operator delete(void* memory, size_t) noexcept {
    free(memory);
}
void operator delete[](void* memory, size_t) noexcept {
    free(memory);
}
