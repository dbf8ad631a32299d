// SPDX-License-Identifier: BSD-3-Clause
//
// For the tests of operations: an exchange without a connection. The request is filled in by the test, the answer is read
// from it afterwards. The body verifies nothing but can be told to fail at its end, as one with a wrong digest does.
#pragma once

#include <algorithm>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "airmos/core/digest.hpp"
#include "airmos/core/encoding.hpp"
#include "airmos/core/exchange.hpp"

namespace csd::airmos {

class FakeBody : public RequestBody {
  public:
    explicit FakeBody(std::string bytes) : bytes_(std::move(bytes)) {}

    std::optional<uint64_t> size() const override {
        if (size_unknown) return std::nullopt;
        return claimed_size.value_or(bytes_.size());
    }
    Task<Outcome<size_t>> read(MutableBytes buffer) override {
        const size_t length = std::min(buffer.size(), bytes_.size() - at_);
        std::copy_n(bytes_.data() + at_, length, buffer.data());
        at_ += length;
        if (length == 0 && fails) co_return Error("BadDigest");
        co_return length;
    }
    bool has_checksum() const override { return !verified.empty(); }
    void want_checksum(std::string_view algorithm) override {
        for (const auto& [known, value] : verified) {
            if (known == algorithm) return;
        }
        Digest digest(*Digest::checksum_of(algorithm));
        digest.update(as_bytes(bytes_));
        verified.emplace_back(algorithm, base64(digest.finish()));
    }
    std::string md5_hex() const override {
        Digest md5(Digest::Kind::kMd5);
        md5.update(as_bytes(bytes_));
        return hex(md5.finish());
    }
    const std::vector<std::pair<std::string, std::string>>& checksums() const override {
        return verified;
    }

    bool fails = false, size_unknown = false;
    std::optional<uint64_t> claimed_size;
    std::vector<std::pair<std::string, std::string>> verified;

  private:
    std::string bytes_;
    size_t at_ = 0;
};

class FakeExchange : public Exchange {
  public:
    FakeExchange(Request request, std::string bytes)
        : asked(std::move(request)), payload(std::move(bytes)) {}

    const Request& request() const override { return asked; }
    RequestBody& body() override { return payload; }
    Task<Outcome<>> send(int code, std::string text, std::string_view content_type) override {
        if (!content_type.empty()) headers().set("Content-Type", std::string(content_type));
        status = code;
        answer = std::move(text);
        co_return Nothing{};
    }
    Task<Outcome<>> send_head(int code, std::optional<uint64_t> length) override {
        status = code;
        announced = length;
        co_return Nothing{};
    }
    Task<Outcome<>> write(Bytes piece) override {
        answer += as_text(piece);
        co_return Nothing{};
    }
    bool head_sent() const override { return status != 0; }
    bool client_is_gone() override { return false; }

    Request asked;
    FakeBody payload;
    int status = 0;  // 0: nothing was sent
    std::optional<uint64_t> announced;
    std::string answer;
};

}  // namespace csd::airmos
