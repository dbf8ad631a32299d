// SPDX-License-Identifier: BSD-3-Clause
//
// Selects: sent to the drive that has the data, on the drive's select lane, because a result belongs to the controller
// that asked. The drive runs the query beside its other commands and is asked again and again whether it has ended, so a
// query whose client is gone can be cancelled, on whatever way the drive is reached.
// Tested by upload_test.cc.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "airmos/objects/reader.hpp"

namespace csd::airmos::objects {
namespace {

using Clock = std::chrono::steady_clock;

// A drive that has no room for a query has it within the time of another.
constexpr auto kBusyPatience = std::chrono::seconds(10);
constexpr Clock::duration kShortestPause = std::chrono::milliseconds(1);
constexpr Clock::duration kLongestPause = std::chrono::milliseconds(50);
// The first bytes come with the news that the query has ended: of most answers that is all.
constexpr size_t kFirstBytes = 16 * kKiB;

// Until the drive is asked again: a query then takes an eighth longer than it runs, at most.
Clock::duration pause_after(Clock::time_point begun) {
    return std::clamp<Clock::duration>((Clock::now() - begun) / 8, kShortestPause, kLongestPause);
}

class Running {
  public:
    explicit Running(Meter& meter) : meter_(meter) { meter_.selects++; }
    ~Running() { meter_.selects--; }
    Running(const Running&) = delete;
    Running& operator=(const Running&) = delete;

  private:
    Meter& meter_;
};

// Cancels a query that runs.
class FreeResult : public Job {
  public:
    FreeResult(uint32_t id, std::unique_ptr<Running> running)
        : id_(id), running_(std::move(running)) {}
    void run(kv::Client& client) override {
        // A result that is gone is what we want.
        if (!client.select_free(id_).ok()) return;
    }
    void refuse(const Error&) override {}

  private:
    const uint32_t id_;
    const std::unique_ptr<Running> running_;
};

// A query from the moment the drive has it.
class StoreAnswer : public Answer {
  public:
    StoreAnswer(Drive& drive, uint32_t id)
        : drive_(drive), id_(id), running_(std::make_unique<Running>(drive.meter())) {}
    ~StoreAnswer() override {
        if (freed_) return;
        drive_.post_until_done(Lane::kSelect, 0,
                               std::make_unique<FreeResult>(id_, std::move(running_)));
    }

    // kQueryRunning until it has ended; then it has size and bytes, or why it failed.
    Task<Outcome<Status>> look() {
        first_.resize(kFirstBytes);
        const auto got = co_await fetch(0, first_);
        if (!got.ok()) co_return got.error();
        if (got.value().code() == Code::kQueryRunning) co_return got.value().status();
        if (got.value().code() == Code::kTransport) co_return got.value().status();
        running_.reset();
        if (!got.value().ok()) {
            freed_ = true;  // with its reason
            co_return got.value().status();
        }
        first_.resize(static_cast<size_t>(got.value().value().bytes));
        size_ = got.value().value().size;
        freed_ = first_.size() == size_;  // by the drive, with its last byte
        co_return Status();
    }

    uint64_t size() const override { return size_; }
    Task<Outcome<size_t>> read(MutableBytes buffer) override {
        const MutableBytes wanted =
            buffer.first(static_cast<size_t>(std::min<uint64_t>(buffer.size(), size_ - read_)));
        if (wanted.empty()) co_return size_t{0};
        size_t count = 0;
        if (read_ < first_.size()) {
            count = std::min(wanted.size(), first_.size() - static_cast<size_t>(read_));
            std::copy_n(first_.begin() + static_cast<ptrdiff_t>(read_), count, wanted.begin());
        } else {
            const auto got = co_await fetch(read_, wanted);
            if (!got.ok()) co_return got.error();
            if (!got.value().ok()) co_return error_of(got.value().status());
            count = static_cast<size_t>(got.value().value().bytes);
            if (count == 0) co_return Error("InternalError", "The answer ended too early.");
            freed_ = read_ + count == size_;
        }
        read_ += count;
        co_return count;
    }

  private:
    Task<Outcome<Result<kv::Retrieved>>> fetch(uint64_t offset, MutableBytes buffer) {
        auto work = [this, offset, buffer](kv::Client& client) -> Outcome<Result<kv::Retrieved>> {
            const size_t most = std::min<size_t>(buffer.size(), client.max_transfer_bytes());
            auto got = client.select_fetch(id_, buffer.first(most), offset);
            if (got.ok()) {
                drive_.meter().bytes_out += got.value().bytes;
                drive_.meter().select_bytes_returned += got.value().bytes;
            }
            return got;
        };
        co_return co_await drive_.run(Lane::kSelect, std::move(work));
    }

    Drive& drive_;
    const uint32_t id_;
    std::unique_ptr<Running> running_;
    std::vector<uint8_t> first_;
    uint64_t size_ = 0;
    uint64_t read_ = 0;
    bool freed_ = false;
};

}  // namespace

Task<Outcome<Result<std::unique_ptr<Answer>>>> StoreReader::select(std::string sql,
                                                                   kv::SelectOptions options,
                                                                   uint64_t covered,
                                                                   Meanwhile meanwhile) {
    if (!drive().health().abilities().select) {
        co_return Error("NotImplemented", "The drive of this object runs no selects.");
    }
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto begun = Clock::now();
    std::unique_ptr<StoreAnswer> answer;
    for (;;) {
        Outcome<Status> said = Status();
        if (answer) {
            said = co_await answer->look();
        } else {
            auto send = [&](kv::Client& client) -> Outcome<Status> {
                const auto sent = client.select_send(data_key(data()), sql, options);
                if (!sent.ok()) return sent.status();
                answer = std::make_unique<StoreAnswer>(drive(), sent.value());
                return Status(Code::kQueryRunning, "it has begun");
            };
            said = co_await drive().run(Lane::kSelect, std::move(send));
        }
        if (!said.ok()) co_return said.error();
        const Code code = said.value().code();
        if (code == Code::kOk) break;
        if (code == Code::kQueryBusy && Clock::now() - begun < kBusyPatience) {
            answer.reset();
        } else if (code != Code::kQueryRunning) {
            co_return Result<std::unique_ptr<Answer>>(said.value());
        }
        if (meanwhile) {
            const Outcome<> goes_on = co_await meanwhile();
            if (!goes_on.ok()) co_return goes_on.error();
        }
        timer.expires_after(pause_after(begun));
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    drive().meter().select_bytes_scanned += covered;
    co_return Result<std::unique_ptr<Answer>>(std::move(answer));
}

}  // namespace csd::airmos::objects
