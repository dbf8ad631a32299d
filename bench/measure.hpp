// SPDX-License-Identifier: BSD-3-Clause
//
// How the benchmarks measure: ours and the yardstick in turns, in one process, medians.
//
// Machines differ, and one machine differs from minute to minute. A ratio of two numbers taken a moment
// apart survives that; a number alone does not. Exercised by every run of bench/run.
#pragma once

#include <chrono>
#include <functional>
#include <stdexcept>
#include <string>
#include <vector>

namespace csd::bench {

// What a run of the program was told.
struct Setting {
    std::string dir;   // private and empty, on the disk to measure
    std::string rows;  // file that takes one JSON object for each row of the table
    int rounds = 5;
    bool quick = false;            // a tenth of the data: to see that it works
    bool normal_priority = false;  // query workers outside the idle class, for a busy machine

    uint64_t scaled(uint64_t amount) const { return quick ? amount / 10 : amount; }
};

// A benchmark that cannot be run. main() prints it and exits with 1.
struct Failure : std::runtime_error {
    using std::runtime_error::runtime_error;
};
[[noreturn]] void fail_errno(const std::string& what);

class Stopwatch {
  public:
    double seconds() const { return std::chrono::duration<double>(Clock::now() - start_).count(); }

  private:
    using Clock = std::chrono::steady_clock;
    Clock::time_point start_ = Clock::now();
};

struct Samples {
    std::vector<double> ours;
    std::vector<double> yardstick;  // as long as ours, or empty
};

using Measure = std::function<double()>;

// Calls both `rounds` times in turns; who goes first changes from round to round.
Samples alternate(int rounds, const Measure& ours, const Measure& yardstick);
Samples repeat(int rounds, const Measure& ours);

double median(std::vector<double> values);

// Runs body(0) to body(threads - 1) at once, from one starting gun. Returns the seconds until the last is
// done. A Failure in any of them is thrown here.
double run_threads(unsigned threads, const std::function<void(unsigned)>& body);

// Writes out what earlier rounds left dirty, so that no round pays for another.
void settle(const std::string& dir);

// A number that looks random and is the same in every run (the finaliser of splitmix64).
uint64_t scramble(uint64_t n);

}  // namespace csd::bench
