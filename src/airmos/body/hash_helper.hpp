// SPDX-License-Identifier: BSD-3-Clause
//
// HashHelper: a few threads that hash beside the connection's own, when they have nothing to do. MD5 runs at half the
// speed of SHA-256 and neither can be split, so an upload that needs both gains; a busy node loses nothing.
//
//     std::binary_semaphore done(0);
//     HashHelper::Ticket ticket = helper.start(done, [&] { sha256.update(piece); });
//     md5.update(piece);
//     ticket.wait();  // at once if the helper was busy: then start() did it on this thread
//
// Threads: start() from any. A Ticket waits when it is destroyed. Tested by hash_helper_test.cc.
#pragma once

#include <atomic>
#include <boost/asio/post.hpp>
#include <boost/asio/thread_pool.hpp>
#include <semaphore>

namespace csd::airmos {

class HashHelper {
  public:
    explicit HashHelper(unsigned threads) : idle_(static_cast<int>(threads)), pool_(threads) {}
    ~HashHelper() { pool_.join(); }

    class Ticket {
      public:
        explicit Ticket(std::binary_semaphore* done) : done_(done) {}
        Ticket(const Ticket&) = delete;
        Ticket& operator=(const Ticket&) = delete;
        ~Ticket() { wait(); }
        void wait() {
            if (done_ != nullptr) done_->acquire();
            done_ = nullptr;
        }

      private:
        std::binary_semaphore* done_;
    };

    // `done` is at 0 and outlives the ticket.
    template <typename Work>
    Ticket start(std::binary_semaphore& done, Work work) {
        if (idle_.fetch_sub(1) <= 0) {
            idle_++;
            work();
            return Ticket(nullptr);
        }
        boost::asio::post(pool_, [this, &done, work]() mutable {
            work();
            idle_++;
            done.release();
        });
        return Ticket(&done);
    }

  private:
    std::atomic<int> idle_;
    boost::asio::thread_pool pool_;
};

}  // namespace csd::airmos
