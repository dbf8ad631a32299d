// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/core/exchange.hpp"

#include <gtest/gtest.h>

#include <algorithm>

#include "airmos/core/run_task.hpp"

namespace csd::airmos {
namespace {

class TextBody : public RequestBody {
  public:
    explicit TextBody(std::string text) : text_(std::move(text)) {}
    std::optional<uint64_t> size() const override { return announced; }
    Task<Outcome<size_t>> read(MutableBytes buffer) override {
        const size_t n = std::min({buffer.size(), text_.size() - at_, size_t{7}});
        std::copy_n(text_.begin() + static_cast<ptrdiff_t>(at_), n, buffer.begin());
        at_ += n;
        co_return n;
    }
    bool has_checksum() const override { return false; }
    void want_checksum(std::string_view /*algorithm*/) override {}
    std::string md5_hex() const override { return {}; }
    const std::vector<std::pair<std::string, std::string>>& checksums() const override {
        return none_;
    }
    std::optional<uint64_t> announced;

  private:
    std::string text_;
    size_t at_ = 0;
    std::vector<std::pair<std::string, std::string>> none_;
};

std::string read_all(TextBody& body, size_t most) {
    const Outcome<std::string> outcome = run_task(body.read_all(most));
    return outcome.ok() ? outcome.value() : std::string(outcome.error().code());
}

TEST(Fields, KeepOrderAndFindTheFirst) {
    Fields fields;
    fields.add("a", "1");
    fields.add("b", "2");
    fields.add("a", "3");
    EXPECT_EQ(fields.get("a"), "1");
    EXPECT_EQ(fields.get("absent"), "");
    EXPECT_FALSE(fields.has("absent"));
    fields.set("a", "4");
    EXPECT_EQ(fields.get("a"), "4");
    EXPECT_EQ(std::distance(fields.begin(), fields.end()), 2);
}

TEST(RequestBody, IsReadWholeUpToItsLimit) {
    const std::string text(100, 'x');
    for (size_t most : {100, 101, 1000}) {
        TextBody body(text);
        EXPECT_EQ(read_all(body, most), text);
    }
    TextBody body(text);
    EXPECT_EQ(read_all(body, 99), "EntityTooLarge");
    TextBody empty("");
    EXPECT_EQ(read_all(empty, 0), "");
}

TEST(RequestBody, ThatAnnouncesTooMuchIsNotRead) {
    TextBody body("short");
    body.announced = 1000;
    EXPECT_EQ(read_all(body, 10), "EntityTooLarge");
}

}  // namespace
}  // namespace csd::airmos
