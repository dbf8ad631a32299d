// SPDX-License-Identifier: BSD-3-Clause
//
// The test's side of sync points (sync_point.hpp).
//
//     ParkAt park("install.named");
//     std::thread writer([&] { store.put(...); });
//     park.wait_until_reached();     // the writer stands there
//     ...                            // what another host sees now
//     park.release();                // also when `park` goes
//     writer.join();
//
// Only the first thread that reaches the point is parked; later ones pass. One ParkAt for a name at a time.
// Threads: any. Header only, so that it belongs to the test that includes it.
#pragma once

#include <condition_variable>
#include <map>
#include <mutex>
#include <string>

namespace csd {

namespace sync_points {

struct Point {
    bool reached = false;
    bool released = false;
};

struct Board {
    std::mutex mutex;
    std::condition_variable changed;
    std::map<std::string, Point> points;  // guarded by mutex
};

inline Board& board() {
    static Board the_board;
    return the_board;
}

}  // namespace sync_points

class ParkAt {
  public:
    explicit ParkAt(std::string name) : name_(std::move(name)) {
        const std::lock_guard guard(sync_points::board().mutex);
        sync_points::board().points[name_] = {};
    }
    ParkAt(const ParkAt&) = delete;
    ParkAt& operator=(const ParkAt&) = delete;
    // The parked thread has left when this returns, so that it never touches a point of a later test.
    ~ParkAt() {
        release();
        const std::lock_guard guard(sync_points::board().mutex);
        sync_points::board().points.erase(name_);
    }

    void wait_until_reached() {
        auto& board = sync_points::board();
        std::unique_lock guard(board.mutex);
        board.changed.wait(guard, [&] { return board.points[name_].reached; });
    }
    void release() {
        auto& board = sync_points::board();
        const std::lock_guard guard(board.mutex);
        board.points[name_].released = true;
        board.changed.notify_all();
    }

  private:
    const std::string name_;
};

inline void park_here(const char* name) {
    auto& board = sync_points::board();
    std::unique_lock guard(board.mutex);
    const auto point = board.points.find(name);
    if (point == board.points.end() || point->second.reached) return;
    point->second.reached = true;
    board.changed.notify_all();
    board.changed.wait(guard, [&] {
        const auto now = board.points.find(name);
        return now == board.points.end() || now->second.released;
    });
}

}  // namespace csd
