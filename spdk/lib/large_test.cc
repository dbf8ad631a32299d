// SPDX-License-Identifier: BSD-3-Clause
//
// Values larger than one transfer, on both levels, against the engine itself: whole, atomic, in the face of changes,
// full queues and lost paths.
#include <algorithm>
#include <random>

#include "allocations.hpp"
#include "level_fixture.hpp"

namespace csd::spdk {
namespace {

std::vector<uint8_t> noise(size_t bytes, unsigned seed = 1) {
    std::minstd_rand random(seed);
    std::vector<uint8_t> data(bytes);
    std::generate(data.begin(), data.end(), [&random] { return static_cast<uint8_t>(random()); });
    return data;
}

template <typename Level>
class LargeValue : public LevelTest<Level> {
  protected:
    // The fake's memory need not be aligned.
    LargeValue() { this->fake_.sgl = true; }

    Flight store(const std::vector<uint8_t>& value, uint32_t flags = 0) {
        return this->run(Level::store, &key_, value.data(), value.size(), flags);
    }
    int store(Flight& flight, const std::vector<uint8_t>& value, uint32_t flags = 0) {
        return Level::store(this->kv_, &flight.request, &key_, value.data(), value.size(), flags,
                            Flight::done, &flight);
    }
    int retrieve(Flight& flight, std::vector<uint8_t>& room, uint64_t offset = 0) {
        return Level::retrieve(this->kv_, &flight.request, &key_, room.data(), room.size(), offset,
                               Flight::done, &flight);
    }
    // What the drive holds, asked behind the library's back.
    std::string value() { return this->drive_->retrieve("k", 1 << 20).data; }
    static std::string text(const std::vector<uint8_t>& bytes) {
        return {bytes.begin(), bytes.end()};
    }

    const csd_kv_key key_ = key_of("k");
};
TYPED_TEST_SUITE(LargeValue, Levels);

TYPED_TEST(LargeValue, IsStoredInPiecesThatTheDriveJoins) {
    this->open();
    for (const size_t bytes : {4097, 8192, 8193, 20000}) {
        const auto value = noise(bytes);
        const Flight flight = this->store(value);
        EXPECT_TRUE(flight.ok());
        EXPECT_EQ(flight.completion.cdw0, bytes);
        EXPECT_TRUE(this->value() == this->text(value)) << bytes;
    }
}

TYPED_TEST(LargeValue, PiecesCarryOffsetsMoreAndAtTheEndTheCondition) {
    this->open();
    const auto value = noise(10000);
    Flight flight;
    ASSERT_EQ(this->store(flight, value, CSD_KV_MUST_NOT_EXIST), 0);
    struct Piece {
        uint32_t bytes, offset, cdw11;
    };
    constexpr uint32_t kMore = 1 << 13, kMustNotExist = 1 << 9;
    for (const Piece& piece : {Piece{4096, 0, 1 | kMore}, Piece{4096, 4096, 1 | kMore},
                               Piece{1808, 8192, 1 | kMustNotExist}}) {
        ASSERT_EQ(this->fake_.sent.size(), 1u);
        const nvme::Sqe& sqe = this->fake_.last().sqe;
        EXPECT_EQ(sqe.opcode(), 0x81);
        EXPECT_EQ(sqe.dword(10), piece.bytes);
        EXPECT_EQ(sqe.dword(11), piece.cdw11);
        EXPECT_EQ(sqe.dword(12), piece.offset);
        EXPECT_EQ(flight.answers, 0);
        this->fake_.run_one();
    }
    EXPECT_TRUE(flight.ok());
}

TYPED_TEST(LargeValue, IsOldUntilTheLastPieceAndThenNew) {
    this->open();
    this->drive_->store("k", "old");
    const auto value = noise(9000);
    Flight flight;
    ASSERT_EQ(this->store(flight, value), 0);
    while (flight.answers == 0) {
        EXPECT_EQ(this->value(), "old");
        this->fake_.run_one();
    }
    EXPECT_TRUE(this->value() == this->text(value));
}

TYPED_TEST(LargeValue, ThatMustNotExistIsRefusedWhenItDoes) {
    this->open();
    this->drive_->store("k", "old");
    const Flight flight = this->store(noise(9000), CSD_KV_MUST_NOT_EXIST);
    EXPECT_EQ(flight.status(), nvme::status_kind(nvme::kKeyExists));
    EXPECT_EQ(this->value(), "old");
}

TYPED_TEST(LargeValue, StoresOfOneKeyFollowOneAnother) {
    this->open();
    const auto first = noise(9000, 1);
    const auto second = noise(9000, 2);
    const auto other = noise(9000, 3);
    const csd_kv_key other_key = key_of("other");
    Flight a, b, c;
    ASSERT_EQ(this->store(a, first), 0);
    ASSERT_EQ(this->store(b, second), 0);
    ASSERT_EQ(TypeParam::store(this->kv_, &c.request, &other_key, other.data(), other.size(), 0,
                               Flight::done, &c),
              0);
    EXPECT_EQ(this->fake_.sent.size(), 2u);  // a and c
    EXPECT_EQ(TypeParam::close(this->kv_), -EBUSY);
    a.then = [&] {
        EXPECT_TRUE(this->value() == this->text(first));
        EXPECT_EQ(b.answers, 0);
    };
    this->drain();
    EXPECT_TRUE(a.ok() && b.ok() && c.ok());
    EXPECT_TRUE(this->value() == this->text(second));
}

TYPED_TEST(LargeValue, ThatFailsEndsThereAndTheNextStoreIsWell) {
    this->open();
    const auto value = noise(9000);
    Flight a, b;
    ASSERT_EQ(this->store(a, value), 0);
    ASSERT_EQ(this->store(b, value), 0);
    this->fake_.run_one();
    this->fake_.answer(nvme::kCapacityExceeded);
    EXPECT_EQ(a.answers, 1);
    EXPECT_EQ(a.status(), nvme::status_kind(nvme::kCapacityExceeded));
    this->drain();
    EXPECT_TRUE(b.ok());
    EXPECT_TRUE(this->value() == this->text(value));
}

TYPED_TEST(LargeValue, IsRetrievedInPieces) {
    this->open();
    const auto value = noise(20001);
    ASSERT_TRUE(this->store(value).ok());
    for (const size_t room : {4097, 8192, 20001, 30000}) {
        std::vector<uint8_t> got(room, 0xEE);
        Flight flight;
        ASSERT_EQ(this->retrieve(flight, got), 0);
        this->drain();
        EXPECT_TRUE(flight.ok());
        EXPECT_EQ(flight.completion.cdw0, 20001u);
        const size_t there = std::min<size_t>(room, 20001);
        EXPECT_TRUE(std::equal(got.begin(), got.begin() + there, value.begin())) << room;
        // What lies behind the value was not touched beyond the transfer that carried its end.
        if (room > 24576) {
            EXPECT_EQ(got[24576], 0xEE);
        }
    }
}

TYPED_TEST(LargeValue, IsRetrievedFromAnOffset) {
    this->open();
    const auto value = noise(20000);
    ASSERT_TRUE(this->store(value).ok());
    std::vector<uint8_t> got(15000, 0xEE);
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got, 10000), 0);
    this->drain();
    EXPECT_EQ(flight.completion.cdw0, 20000u);
    EXPECT_TRUE(std::equal(value.begin() + 10000, value.end(), got.begin()));
    std::vector<uint8_t> past(5000, 0xEE);
    Flight beyond;
    ASSERT_EQ(this->retrieve(beyond, past, 20000), 0);
    this->drain();
    EXPECT_TRUE(beyond.ok());
    EXPECT_EQ(beyond.completion.cdw0, 20000u);
    EXPECT_EQ(past, std::vector<uint8_t>(5000, 0xEE));
}

TYPED_TEST(LargeValue, OfAMissingKeyIsNotFoundAndTheBufferIsAsItWas) {
    this->open();
    const auto before = noise(9000);
    auto got = before;
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got), 0);
    this->drain();
    EXPECT_EQ(flight.status(), nvme::status_kind(nvme::kKeyDoesNotExist));
    EXPECT_TRUE(got == before);
}

TYPED_TEST(LargeValue, ThatChangesMeanwhileIsReadAgain) {
    this->open();
    const auto value = noise(9000, 2);
    ASSERT_TRUE(this->store(noise(9000, 1)).ok());
    std::vector<uint8_t> got(10000);
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got), 0);
    this->fake_.run_one();  // the description
    this->fake_.run_one();  // the first piece
    this->drive_->store("k", this->text(value));
    this->drain();
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(std::equal(value.begin(), value.end(), got.begin()));
}

TYPED_TEST(LargeValue, ThatNeverStopsChangingFails) {
    this->open();
    ASSERT_TRUE(this->store(noise(9000, 1)).ok());
    std::vector<uint8_t> got(10000);
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got), 0);
    for (unsigned seed = 2; flight.answers == 0 && seed < 100; seed++) {
        this->drive_->store("k", this->text(noise(9000, seed)));
        this->fake_.run_one();
    }
    EXPECT_EQ(flight.status(), nvme::status_kind(nvme::kOffsetMismatch));
}

TYPED_TEST(LargeValue, WaitsForAFreeRequestBetweenItsPieces) {
    this->open();
    const auto value = noise(9000);
    Flight flight;
    ASSERT_EQ(this->store(flight, value), 0);
    this->fake_.next_rc = -ENOMEM;
    this->fake_.failures = 2;
    this->fake_.run_one();
    EXPECT_TRUE(this->fake_.idle());
    EXPECT_EQ(flight.answers, 0);
    this->drain();
    this->drain();
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(this->value() == this->text(value));
}

TYPED_TEST(LargeValue, PaysForNoAllocation) {
    this->open();
    const auto value = noise(20000);
    std::vector<uint8_t> got(30000);
    this->fake_.next_rc = -ENOMEM;
    const Allocations::Watch watch;
    Flight a, b;
    ASSERT_EQ(this->store(a, value), 0);
    ASSERT_EQ(this->store(b, value), 0);
    this->fake_.failures = 2;
    while (b.answers == 0) this->drain();
    ASSERT_EQ(this->retrieve(a, got), 0);
    this->fake_.failures = 2;
    while (a.answers < 2) this->drain();
    EXPECT_EQ(watch.count(), 0u);
    EXPECT_TRUE(std::equal(value.begin(), value.end(), got.begin()));
}

TYPED_TEST(LargeValue, WhosePathIsLostFails) {
    this->open();
    const auto value = noise(9000);
    Flight flight;
    ASSERT_EQ(this->store(flight, value), 0);
    this->fake_.next_rc = -ENXIO;
    this->fake_.failures = 1;
    this->fake_.run_one();
    EXPECT_EQ(flight.answers, 1);
    EXPECT_EQ(flight.status(), 0x370);
    EXPECT_TRUE(this->store(value).ok());
}

TYPED_TEST(LargeValue, IsWellWhenEveryAnswerComesWithinItsSubmission) {
    this->open();
    this->fake_.inline_answers = true;
    const auto value = noise(50000);
    ASSERT_TRUE(this->store(value).ok());
    std::vector<uint8_t> got(50000);
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got), 0);
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(got == value);
}

TYPED_TEST(LargeValue, OfTheOldDialectIsAStoreAndAppends) {
    this->open(4096, device::use_2023_dialect);
    const auto value = noise(10000);
    Flight flight;
    ASSERT_EQ(this->store(flight, value, CSD_KV_MUST_NOT_EXIST), 0);
    constexpr uint32_t kMustNotExist = 1 << 9, kAppend = 1 << 11;
    for (const uint32_t cdw11 : {1 | kMustNotExist, 1 | kAppend, 1 | kAppend}) {
        EXPECT_EQ(this->fake_.last().sqe.opcode(), 0x81);
        EXPECT_EQ(this->fake_.last().sqe.dword(11), cdw11);
        this->fake_.run_one();
    }
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(this->value() == this->text(value));
    std::vector<uint8_t> got(20000);
    Flight back;
    ASSERT_EQ(this->retrieve(back, got), 0);
    this->drain();
    EXPECT_EQ(back.completion.cdw0, 10000u);
    got.resize(10000);
    EXPECT_TRUE(got == value);
}

TYPED_TEST(LargeValue, OfTheOldDialectThatGrowsMeanwhileIsReadAgain) {
    this->open(4096, device::use_2023_dialect);
    const auto value = noise(12000);
    this->drive_->store("k", this->text(noise(9000)));
    std::vector<uint8_t> got(20000);
    Flight flight;
    ASSERT_EQ(this->retrieve(flight, got), 0);
    this->fake_.run_one();
    this->drive_->store("k", this->text(value));
    this->drain();
    EXPECT_EQ(flight.completion.cdw0, 12000u);
    EXPECT_TRUE(std::equal(value.begin(), value.end(), got.begin()));
}

// PCIe without SGLs takes pieces that begin at multiples of four bytes.
class OverPcie : public LargeValue<DriverLevel> {
  protected:
    OverPcie() { fake_.sgl = false; }
};

TEST_F(OverPcie, PiecesAreAlignedWhateverTheirSizeShallBe) {
    open(5001);
    const auto value = noise(12000);
    EXPECT_TRUE(store(value).ok());
    EXPECT_TRUE(this->value() == text(value));
    std::vector<uint8_t> got(12001);
    Flight flight;
    ASSERT_EQ(retrieve(flight, got), 0);
    drain();
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(std::equal(value.begin(), value.end(), got.begin()));
}

TEST_F(OverPcie, DataThatCannotAllBeMovedIsRefusedBeforeItsFirstPiece) {
    open();
    auto value = noise(12000);
    Flight flight;
    fake_.not_dma = &value.back();
    EXPECT_EQ(store(flight, value), -EFAULT);
    EXPECT_TRUE(fake_.idle());
}

TEST_F(OverPcie, SegmentsOfOddLengthAreRefusedButTheLast) {
    open();
    auto value = noise(12001);
    Flight flight;
    const iovec odd[] = {{value.data(), 4001}, {value.data() + 4004, 7000}};
    EXPECT_EQ(csd_nvme_kv_storev(kv_, &flight.request, &key_, odd, 2, 0, Flight::done, &flight),
              info().scattered_buffers ? -EFAULT : -ENOTSUP);
    if (!info().scattered_buffers) return;
    const iovec whole[] = {{value.data(), 4004}, {value.data() + 4004, 7997}};
    EXPECT_TRUE(run(csd_nvme_kv_storev, &key_, whole, 2, 0).ok());
    EXPECT_TRUE(this->value() == text(value));
}

// SPDK knows nothing of a piece that waits for a free request, so nobody else can end it.
TEST_F(OverPcie, WhatWaitsEndsWithThePollThatFindsTheQueueLost) {
    open();
    const auto value = noise(9000);
    Flight a, b;
    ASSERT_EQ(store(a, value), 0);
    ASSERT_EQ(store(b, value), 0);  // waits for a
    fake_.next_rc = -ENOMEM;
    fake_.failures = 1000;
    fake_.run_one();
    EXPECT_EQ(a.answers, 0);
    EXPECT_EQ(csd_nvme_kv_close(kv_), -EBUSY);
    fake_.poll_rc = -ENXIO;
    EXPECT_EQ(csd_nvme_kv_poll(kv_, 0), -ENXIO);
    EXPECT_EQ(a.status(), 0x370);
    EXPECT_EQ(b.status(), 0x370);
    EXPECT_EQ(csd_nvme_kv_close(kv_), 0);
    kv_ = nullptr;
}

class OverABdev : public LargeValue<BdevLevel> {};

TEST_F(OverABdev, ThatHasABdevIoAgainAtOnceIsAskedAgain) {
    open();
    const auto value = noise(9000);
    Flight flight;
    ASSERT_EQ(store(flight, value), 0);
    fake_.next_rc = -ENOMEM;
    fake_.failures = 1;
    fake_.wait_rc = -EINVAL;
    fake_.run_one();
    EXPECT_TRUE(fake_.waiting.empty());
    drain();
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(this->value() == text(value));
}

TEST_F(OverABdev, ThatCannotBeWaitedForFailsTheValue) {
    open();
    for (const int failures : {1, 2}) {
        Flight flight;
        const auto value = noise(9000);
        ASSERT_EQ(store(flight, value), 0);
        fake_.next_rc = -ENOMEM;
        fake_.failures = failures;
        fake_.wait_rc = failures == 1 ? -ENOMEM : -EINVAL;
        fake_.run_one();
        EXPECT_EQ(flight.answers, 1);
        EXPECT_EQ(flight.status(), 0x370);
        fake_.failures = 0;
    }
}

// Segments of every size, so that pieces begin and end within them and windows run out of room.
TYPED_TEST(LargeValue, MayBeScattered) {
    this->open();
    auto value = noise(30000);
    std::vector<iovec> out;
    for (size_t at = 0, size = 1; at < value.size(); at += size, size = size * 3 % 997 + 1) {
        size = std::min(size, value.size() - at);
        out.push_back({value.data() + at, size});
    }
    Flight flight;
    const int count = static_cast<int>(out.size());
    const int rc = TypeParam::storev(this->kv_, &flight.request, &this->key_, out.data(), count, 0,
                                     Flight::done, &flight);
    if (!this->info().scattered_buffers) {
        EXPECT_EQ(rc, -ENOTSUP);
        return;
    }
    ASSERT_EQ(rc, 0);
    this->drain();
    EXPECT_TRUE(flight.ok());
    EXPECT_TRUE(this->value() == this->text(value));
    std::vector<uint8_t> got(30000);
    std::vector<iovec> in;
    for (size_t at = 0, size = 7; at < got.size(); at += size, size = size * 5 % 1009 + 7) {
        size = std::min(size, got.size() - at);
        in.push_back({got.data() + at, size});
    }
    EXPECT_TRUE(
        this->run(TypeParam::retrievev, &this->key_, in.data(), static_cast<int>(in.size()), 0)
            .ok());
    EXPECT_TRUE(got == value);
    // Crumbs that together have no room for a description.
    std::vector<iovec> crumbs(5000, iovec{got.data(), 1});
    EXPECT_EQ(TypeParam::retrievev(this->kv_, &flight.request, &this->key_, crumbs.data(), 5000, 0,
                                   Flight::done, &flight),
              -EINVAL);
}

}  // namespace
}  // namespace csd::spdk
