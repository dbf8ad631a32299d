// SPDX-License-Identifier: BSD-3-Clause
#include "airmos/select/event_stream.hpp"

#include <gtest/gtest.h>

#include "airmos/select/event_stream_decoder.hpp"

namespace csd::airmos::select {
namespace {

std::string hex(std::string_view bytes) {
    std::string out;
    for (unsigned char c : bytes) {
        out += "0123456789abcdef"[c >> 4];
        out += "0123456789abcdef"[c & 15];
    }
    return out;
}

Message only(const std::string& bytes) {
    EventStreamDecoder decoder(bytes);
    auto message = decoder.next();
    EXPECT_TRUE(message.has_value());
    EXPECT_TRUE(decoder.at_end());
    return message.value_or(Message{});
}

// The CRCs are those that other servers of S3 Select send.
TEST(EventStream, EndIsTheseBytes) {
    EXPECT_EQ(
        "00000038"
        "00000028"
        "c1c684d4"
        "0d3a6d6573736167652d74797065"
        "07"
        "00056576656e74"
        "0b3a6576656e742d74797065"
        "07"
        "0003456e64"
        "cf97d392",
        hex(end_message()));
}

TEST(EventStream, ContinuationIsTheseBytes) {
    EXPECT_EQ(
        "00000039"
        "00000029"
        "8ba19df2"
        "0d3a6d6573736167652d74797065"
        "07"
        "00056576656e74"
        "0b3a6576656e742d74797065"
        "07"
        "0004436f6e74"
        "9c864a0d",
        hex(continuation_message()));
}

TEST(EventStream, RecordsCarryTheirBytes) {
    const std::string bytes("a,\0\n\xFF", 5);
    const Message message = only(records_message(as_bytes(bytes)));
    EXPECT_EQ("event", message.headers.at(":message-type"));
    EXPECT_EQ("Records", message.headers.at(":event-type"));
    EXPECT_EQ("application/octet-stream", message.headers.at(":content-type"));
    EXPECT_EQ(bytes, message.payload);
}

TEST(EventStream, LongRecordsAreSeveralMessagesAndNoneIsNone) {
    std::string bytes;
    for (size_t i = 0; i < 2 * kMostRecordsBytes + 1; i++)
        bytes += static_cast<char>(i * 7 + i / 251);
    const std::string stream = records_message(as_bytes(bytes));
    EventStreamDecoder decoder(stream);
    std::string together;
    size_t count = 0;
    while (!decoder.at_end()) {
        auto message = decoder.next();
        ASSERT_TRUE(message.has_value());
        EXPECT_LE(message->payload.size(), kMostRecordsBytes);
        together += message->payload;
        count++;
    }
    EXPECT_EQ(3u, count);
    EXPECT_EQ(bytes, together);
    EXPECT_EQ("", records_message({}));
}

TEST(EventStream, StatsAndProgressCount) {
    const Counters counters{.scanned = 512, .processed = 1024, .returned = 18446744073709551615u};
    const Message stats = only(stats_message(counters));
    EXPECT_EQ("Stats", stats.headers.at(":event-type"));
    EXPECT_EQ("text/xml", stats.headers.at(":content-type"));
    EXPECT_EQ(
        "<Stats><BytesScanned>512</BytesScanned><BytesProcessed>1024</BytesProcessed>"
        "<BytesReturned>18446744073709551615</BytesReturned></Stats>",
        stats.payload);
    const Message progress = only(progress_message(counters));
    EXPECT_EQ("Progress", progress.headers.at(":event-type"));
    EXPECT_TRUE(progress.payload.starts_with("<Progress><BytesScanned>512<"));
}

TEST(EventStream, ErrorsNameCodeAndSentence) {
    const Message message = only(error_message(Error("CastFailed", "a sentence")));
    EXPECT_EQ("error", message.headers.at(":message-type"));
    EXPECT_EQ("CastFailed", message.headers.at(":error-code"));
    EXPECT_EQ("a sentence", message.headers.at(":error-message"));
    EXPECT_EQ("", message.payload);
}

TEST(EventStream, ALongSentenceIsCutBetweenCharacters) {
    std::string sentence = "x";
    while (sentence.size() < 70'000) sentence += "\xC3\xA9";
    const Message message = only(error_message("CastFailed", sentence));
    const std::string& cut = message.headers.at(":error-message");
    EXPECT_LT(cut.size(), 5000u);
    EXPECT_TRUE(cut.ends_with("\xC3\xA9"));
}

TEST(EventStream, ADamagedMessageIsNone) {
    const std::string good = records_message(as_bytes("a,b\n"));
    for (size_t i = 0; i < good.size(); i++) {
        std::string damaged = good;
        damaged[i] = static_cast<char>(damaged[i] ^ 1);
        EXPECT_FALSE(EventStreamDecoder(damaged).next().has_value()) << i;
        EXPECT_FALSE(EventStreamDecoder(std::string_view(good).substr(0, i)).next().has_value())
            << i;
    }
}

}  // namespace
}  // namespace csd::airmos::select
