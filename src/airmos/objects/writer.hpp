// SPDX-License-Identifier: BSD-3-Clause
//
// DataWriter: bytes of unknown number on their way to a fresh value of one drive.
//
// What fits in one piece stays here until it is finished, and is then one Store. More goes piece by piece, each while the
// next one is gathered, into a hidden value of one controller: so all pieces go to one thread of the drive, which they
// hold only while they are stored, however slow the client is. Memory is two pieces.
// A writer that is destroyed, or whose finish failed, leaves nothing.
// Threads: one coroutine; finish() on the drive's thread while the coroutine waits. Tested by store_test.cc, fault_test.cc.
#pragma once

#include <boost/asio/any_io_executor.hpp>
#include <boost/asio/steady_timer.hpp>
#include <memory>
#include <optional>
#include <vector>

#include "airmos/objects/drive.hpp"
#include "airmos/objects/values.hpp"

namespace csd::airmos::objects {

class DataWriter {
  public:
    DataWriter(Drive& drive, const DataId& id)
        : drive_(drive), id_(id), can_(drive.health().abilities()) {}
    ~DataWriter();
    DataWriter(const DataWriter&) = delete;
    DataWriter& operator=(const DataWriter&) = delete;

    // Whether the drive could take so many bytes now.
    static Outcome<> may_take(const Drive& drive, std::optional<uint64_t> size);

    Task<Outcome<>> write(Bytes bytes);
    // The rest is stored and `then` runs, on one visit to the drive. From there on the data is no longer this writer's.
    template <typename Then>
    auto finish(Then then) -> Task<std::invoke_result_t<Then&, kv::Client&>> {
        using Answer = std::invoke_result_t<Then&, kv::Client&>;
        if (auto stored = co_await await_piece(); !stored.ok()) co_return stored.error();
        auto work = [this, &then](kv::Client& client) -> Answer {
            if (auto stored = store_rest(client); !stored.ok()) return stored.error();
            return then(client);
        };
        if (thread_) co_return co_await drive_.run_on(*thread_, std::move(work));
        co_return co_await drive_.run(Lane::kQuick, std::move(work));
    }

    uint64_t size() const { return size_; }
    const DataId& id() const { return id_; }

  private:
    // A piece on its way. Its job keeps it alive, whatever becomes of the writer.
    struct Piece {
        explicit Piece(const boost::asio::any_io_executor& executor)
            : arrived(executor, boost::asio::steady_timer::time_point::max()) {}
        std::vector<uint8_t> bytes;
        // Of the executor.
        boost::asio::steady_timer arrived;  // cancelled when it has
        bool done = false;
        Outcome<> result = Nothing{};
    };
    class StorePiece;
    class Abandon;

    Task<Outcome<>> send_piece();
    Task<Outcome<>> await_piece();
    Outcome<> store_rest(kv::Client& client);

    Drive& drive_;
    const DataId id_;
    const Abilities can_;
    uint64_t size_ = 0;
    std::vector<uint8_t> bytes_;    // not sent yet, at most a piece
    uint64_t sent_ = 0;             // bytes
    std::optional<size_t> thread_;  // that has the hidden value
    std::shared_ptr<Piece> flying_;
    bool finished_ = false;
};

}  // namespace csd::airmos::objects
