// SPDX-License-Identifier: BSD-3-Clause
//
// How often the library asks for memory: a test counts it, the stand-ins for SPDK and the drive do not. The functions that
// are counted are in allocations.cc. Used by core_test.cc and large_test.cc.
#pragma once

#include <cstdint>
#include <utility>

namespace csd::spdk {

class Allocations {
  public:
    // Whether what is allocated from here on to the end of the scope counts.
    class Scope {
      public:
        explicit Scope(bool counts) : before_(std::exchange(counts_, counts)) {}
        ~Scope() { counts_ = before_; }
        Scope(const Scope&) = delete;
        Scope& operator=(const Scope&) = delete;

      private:
        const bool before_;
    };
    // A test's, around all it does with the library.
    class Watch {
      public:
        Watch() {
            count_ = 0;
            watched_ = true;
        }
        ~Watch() { watched_ = false; }
        Watch(const Watch&) = delete;
        Watch& operator=(const Watch&) = delete;
        uint64_t count() const { return count_; }

      private:
        const Scope library_{true};
    };

    static void one() { count_ += counts_ ? 1 : 0; }
    static bool watched() { return watched_; }

  private:
    static inline bool counts_ = false;
    static inline bool watched_ = false;
    static inline uint64_t count_ = 0;
};

}  // namespace csd::spdk
