// SPDX-License-Identifier: BSD-3-Clause
//
// Selects: sent to the drive that has the data, on the drive's select lane, because a result belongs to the controller
// that asked. The lane never waits for a query: it is told when one ends.
// Tested by upload_test.cc.
#include <algorithm>
#include <boost/asio/steady_timer.hpp>
#include <boost/asio/this_coro.hpp>

#include "airmos/objects/reader.hpp"

namespace csd::airmos::objects {
namespace {

// A drive that has no room for a query has it within the time of another.
constexpr auto kBusyPatience = std::chrono::seconds(10);
constexpr auto kFirstPause = std::chrono::milliseconds(2);
constexpr auto kLongestPause = std::chrono::milliseconds(100);

class FreeResult : public Job {
  public:
    explicit FreeResult(uint32_t id) : id_(id) {}
    void run(kv::Client& client) override {
        // A result that is gone is what we want.
        if (!client.select_free(id_).ok()) return;
    }
    void refuse(const Error&) override {}

  private:
    const uint32_t id_;
};

struct Selected {
    uint32_t id = 0;
    uint64_t size = 0;
};

class StoreAnswer : public Answer {
  public:
    StoreAnswer(Drive& drive, const Selected& selected) : drive_(drive), result_(selected) {}
    ~StoreAnswer() override {
        if (!freed_)
            drive_.post(Lane::kSelect, std::nullopt, std::make_unique<FreeResult>(result_.id));
    }

    uint64_t size() const override { return result_.size; }
    Task<Outcome<size_t>> read(MutableBytes buffer) override {
        if (read_ == result_.size || buffer.empty()) co_return size_t{0};
        auto work = [&](kv::Client& client) -> Outcome<size_t> {
            const size_t most = std::min<size_t>(buffer.size(), client.max_transfer_bytes());
            const auto got = client.select_fetch(result_.id, buffer.first(most), read_);
            if (!got.ok()) return error_of(got.status());
            return static_cast<size_t>(got.value().bytes);
        };
        auto got = co_await drive_.run(Lane::kSelect, std::move(work));
        if (!got.ok()) co_return got.error();
        if (got.value() == 0) co_return Error("InternalError", "The answer ended too early.");
        read_ += got.value();
        drive_.meter().bytes_out += got.value();
        drive_.meter().select_bytes_returned += got.value();
        freed_ = read_ == result_.size;  // by the drive, with its last byte
        co_return got.value();
    }

  private:
    Drive& drive_;
    const Selected result_;
    uint64_t read_ = 0;
    bool freed_ = false;
};

}  // namespace

Task<Outcome<std::unique_ptr<Answer>>> StoreReader::select(std::string sql,
                                                           kv::SelectOptions options) {
    using Sent = Result<uint32_t>;
    if (!drive().abilities().select) {
        co_return Error("NotImplemented", "The drive of this object runs no selects.");
    }
    boost::asio::steady_timer timer(co_await boost::asio::this_coro::executor);
    const auto end = std::chrono::steady_clock::now() + kBusyPatience;
    Sent sent = Status(Code::kQueryBusy, "not asked yet");
    for (std::chrono::milliseconds pause = kFirstPause;;
         pause = std::min<std::chrono::milliseconds>(2 * pause, kLongestPause)) {
        auto start = [&](kv::Client& client, auto done) {
            client.async_select_send(data_key(data()), sql, options, [done](Sent answer) {
                done(Outcome<Sent>(std::move(answer)));
            });
        };
        auto asked = co_await drive().begin<Outcome<Sent>>(Lane::kSelect, std::move(start));
        if (!asked.ok()) co_return asked.error();
        sent = std::move(asked).value();
        const bool busy = sent.code() == Code::kQueryBusy;
        if (!busy || std::chrono::steady_clock::now() > end) break;
        timer.expires_after(pause);
        co_await timer.async_wait(boost::asio::use_awaitable);
    }
    if (!sent.ok()) co_return error_of(sent.status());
    auto describe = [&](kv::Client& client) -> Outcome<uint64_t> {
        const auto result = client.select_describe(sent.value());
        if (!result.ok()) return error_of(result.status());
        return result.value().size;
    };
    auto size = co_await drive().run(Lane::kSelect, std::move(describe));
    if (!size.ok()) co_return size.error();
    drive().meter().select_bytes_scanned += info_.size;
    co_return std::unique_ptr<Answer>(
        std::make_unique<StoreAnswer>(drive(), Selected{sent.value(), size.value()}));
}

}  // namespace csd::airmos::objects
