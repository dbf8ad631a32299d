// SPDX-License-Identifier: BSD-3-Clause
// Tested by store_test.cc, fault_test.cc.
#include "airmos/objects/writer.hpp"

#include <algorithm>
#include <boost/asio/redirect_error.hpp>
#include <boost/asio/this_coro.hpp>

#include "airmos/objects/store.hpp"

namespace csd::airmos::objects {
namespace {

constexpr uint64_t kMostObjectBytes = 5 * kTiB;
// What a writer asks for at once. It grows, so that a small object does not cost a piece.
constexpr size_t kFirstBytes = 16 * kKiB;

Error too_large(uint64_t most) {
    return Error("EntityTooLarge", "The drive of this object takes values of up to " +
                                       std::to_string(most) + " bytes.");
}

}  // namespace

class DataWriter::StorePiece : public Job {
  public:
    StorePiece(Drive& drive, const Key& key, uint64_t offset, std::shared_ptr<Piece> piece,
               const boost::asio::any_io_executor& executor)
        : drive_(drive),
          key_(key),
          offset_(offset),
          piece_(std::move(piece)),
          executor_(boost::asio::make_work_guard(executor)) {}

    void run(kv::Client& client) override {
        drive_.meter().bytes_in += piece_->bytes.size();
        const auto stored =
            client.store_piece(key_, piece_->bytes, {.offset = offset_, .last = false});
        stored.ok() ? finish(Nothing{}) : finish(error_of(stored.status()));
    }
    void refuse(const Error& why) override { finish(why); }

  private:
    void finish(Outcome<> result) {
        boost::asio::post(executor_.get_executor(), [piece = piece_, result = std::move(result)] {
            piece->result = result;
            piece->done = true;
            piece->arrived.cancel();
        });
    }

    Drive& drive_;
    const Key key_;
    const uint64_t offset_;
    const std::shared_ptr<Piece> piece_;
    const boost::asio::executor_work_guard<boost::asio::any_io_executor> executor_;
};

// A plain store lets the drive forget the hidden value.
class DataWriter::Abandon : public Job {
  public:
    Abandon(Drive& drive, const Key& key) : drive_(drive), key_(key) {}
    void run(kv::Client& client) override {
        if (client.store(key_, Bytes()).ok()) drive_.discard(key_);
    }
    void refuse(const Error&) override {}

  private:
    Drive& drive_;
    const Key key_;
};

DataWriter::~DataWriter() {
    if (!thread_) return;
    drive_.end_upload();
    if (finished_) return;
    drive_.post_until_done(Lane::kQuick, *thread_,
                           std::make_unique<Abandon>(drive_, data_key(id_)));
}

Outcome<> DataWriter::may_take(const Drive& drive, std::optional<uint64_t> size) {
    const uint64_t most = std::min(drive.health().abilities().most_value_bytes, kMostObjectBytes);
    if (size && *size > most) return too_large(most);
    if (size && *size > drive.health().free_bytes()) {
        return error_of({Code::kNoSpace, "the drive of this object has not that much room"});
    }
    return Nothing{};
}

Task<Outcome<>> DataWriter::write(Bytes bytes) {
    if (size_ + bytes.size() > std::min(can_.most_value_bytes, kMostObjectBytes)) {
        co_return too_large(std::min(can_.most_value_bytes, kMostObjectBytes));
    }
    size_ += bytes.size();
    while (!bytes.empty()) {
        if (bytes_.size() == can_.piece_bytes) {
            if (auto sent = co_await send_piece(); !sent.ok()) co_return sent.error();
        }
        const size_t count = std::min<size_t>(bytes.size(), can_.piece_bytes - bytes_.size());
        if (bytes_.capacity() == 0) bytes_.reserve(std::max(kFirstBytes, count));
        bytes_.insert(bytes_.end(), bytes.begin(), bytes.begin() + static_cast<ptrdiff_t>(count));
        bytes = bytes.subspan(count);
    }
    co_return Nothing{};
}

// Waits for the piece before, sends this one, and takes the other's memory for the next.
Task<Outcome<>> DataWriter::send_piece() {
    if (auto stored = co_await await_piece(); !stored.ok()) co_return stored.error();
    if (!thread_) {
        if (!drive_.begin_upload()) {
            co_return Error("SlowDown", "The drive takes no more large uploads now. Try again.");
        }
        thread_ = drive_.next_thread();
    }
    const auto executor = co_await boost::asio::this_coro::executor;
    std::vector<uint8_t> memory;
    if (flying_) memory = std::move(flying_->bytes);
    memory.clear();
    flying_ = std::make_shared<Piece>(executor);
    flying_->bytes = std::exchange(bytes_, std::move(memory));
    bytes_.reserve(can_.piece_bytes);
    const uint64_t offset = std::exchange(sent_, sent_ + flying_->bytes.size());
    drive_.post(Lane::kQuick, thread_,
                std::make_unique<StorePiece>(drive_, data_key(id_), offset, flying_, executor));
    co_return Nothing{};
}

Task<Outcome<>> DataWriter::await_piece() {
    const auto piece = flying_;
    while (piece && !piece->done) {
        boost::system::error_code cancelled;
        co_await piece->arrived.async_wait(
            boost::asio::redirect_error(boost::asio::use_awaitable, cancelled));
    }
    if (!piece) co_return Nothing{};
    co_return piece->result;
}

Outcome<> DataWriter::store_rest(kv::Client& client) {
    const Key key = data_key(id_);
    Status stored;
    if (thread_) {
        drive_.meter().bytes_in += bytes_.size();
        stored =
            client.store_piece(key, bytes_, {.offset = sent_, .last = true}, kv::When::kOnlyAdd)
                .status();
    } else {
        stored = store_value(drive_, client, key, bytes_, kv::When::kOnlyAdd);
    }
    if (!stored.ok()) {
        if (!thread_) drive_.discard(key);
        return error_of(stored);
    }
    finished_ = true;
    return Nothing{};
}

// ------------------------------------------------------------------------------------------------

namespace {

class ObjectWriter : public Writer {
  public:
    ObjectWriter(Store& store, Place place, const DataId& id)
        : store_(store), place_(std::move(place)), data_(*place_.drive, id) {}

    Task<Outcome<>> write(Bytes piece) override { co_return co_await data_.write(piece); }
    Task<Outcome<ObjectInfo>> commit(ObjectMeta meta, Condition condition) override {
        Manifest manifest;
        manifest.data = data_.id();
        manifest.info.size = data_.size();
        manifest.info.meta = std::move(meta);
        auto switch_to = [&](kv::Client& client) {
            return store_.switch_to(client, place_, std::move(manifest), condition);
        };
        co_return co_await data_.finish(std::move(switch_to));
    }

  private:
    Store& store_;
    const Place place_;
    DataWriter data_;
};

}  // namespace

Task<Outcome<std::unique_ptr<Writer>>> Store::create(std::string bucket, std::string name,
                                                     std::optional<uint64_t> size) {
    auto where = place(bucket, std::move(name));
    if (!where.ok()) co_return where.error();
    if (const auto may = DataWriter::may_take(*where.value().drive, size); !may.ok()) {
        co_return may.error();
    }
    co_return std::unique_ptr<Writer>(
        std::make_unique<ObjectWriter>(*this, std::move(where).value(), ids_.next()));
}

}  // namespace csd::airmos::objects
