// SPDX-License-Identifier: BSD-3-Clause
//
// Each verb of both levels against the worked bytes of the command set; then what a caller may rely on: errno,
// exactly one callback, requests that may be used again from within it.
#include <cstring>

#include "allocations.hpp"
#include "level_fixture.hpp"
#include "nvme/golden_vectors.hpp"

namespace csd::spdk {
namespace {

using nvme::golden::Entry;

alignas(4096) uint8_t buffer[1 << 20];

const Entry& golden_entry(std::string_view name) {
    for (const Entry& entry : nvme::golden::entries()) {
        if (entry.name == name) return entry;
    }
    throw std::invalid_argument(std::string(name));
}

template <typename Level>
class Wire : public LevelTest<Level> {
  protected:
    void open_2023() { this->open(1 << 20, device::use_2023_dialect); }

    // The verb sends exactly the entry, its data the buffer, and hands on what is answered.
    template <typename Verb, typename... Arguments>
    void expect(std::string_view name, Verb verb, Arguments... arguments) {
        SCOPED_TRACE(name);
        Flight flight;
        ASSERT_EQ(verb(this->kv_, &flight.request, arguments..., Flight::done, &flight), 0);
        ASSERT_EQ(this->fake_.sent.size(), 1u);
        nvme::Sqe expected = golden_entry(name).sqe();
        EXPECT_EQ(this->fake_.last().sqe.bytes, expected.bytes);
        const bool has_data = nvme::direction_of(expected.opcode()) != nvme::Direction::kNone;
        EXPECT_EQ(this->fake_.last().bytes(), has_data ? expected.dword(10) : 0);
        EXPECT_EQ(flight.answers, 0);
        this->fake_.answer(nvme::kKeyExists, 77);
        EXPECT_EQ(flight.answers, 1);
        EXPECT_EQ(flight.status(), nvme::status_kind(nvme::kKeyExists));
        EXPECT_EQ(flight.completion.cdw0, 77u);
    }
};
TYPED_TEST_SUITE(Wire, Levels);

// The bdev level has its drive from a description, and so uses the vendor opcodes.
TYPED_TEST(Wire, StandardVerbsAreTheWorkedBytes) {
    this->open(1 << 20);
    const csd_kv_key key = key_of("test_key");
    const csd_kv_key* none = nullptr;
    if (!TypeParam::kBdev) {
        const csd_kv_key longest = key_of("0123456789abcdef");
        this->expect("store", TypeParam::store, &key, buffer, 5, 0);
        this->expect("store-if-absent", TypeParam::store, &longest, buffer, 5,
                     CSD_KV_MUST_NOT_EXIST);
        this->expect("retrieve", TypeParam::retrieve, &key, buffer, 4096, 0);
    }
    this->expect("list", TypeParam::list, none, buffer, 4096);
    this->expect("list-from", TypeParam::list, &key, buffer, 4096);
    this->expect("delete", TypeParam::erase, &key);
    this->expect("exist", TypeParam::exist, &key);
}

TYPED_TEST(Wire, ExtendedVerbsAreTheWorkedBytes) {
    this->open(1 << 20);
    const csd_kv_key key = key_of("test_key");
    const csd_kv_key whole = key_of("whole");
    this->expect("append", TypeParam::store_ext, &key, buffer, 6, 5,
                 CSD_KV_APPEND | CSD_KV_AT_OFFSET);
    this->expect("first-piece", TypeParam::store_ext, &key, buffer, 262144, 0, CSD_KV_MORE);
    this->expect("last-piece", TypeParam::store_ext, &key, buffer, 1000, 262144, 0);
    this->expect("retrieve-at", TypeParam::retrieve, &key, buffer, 65536, 0x123456789);
    this->expect("retrieve-at", TypeParam::retrieve_ext, &key, buffer, 65536, 0x123456789, 0);
    this->expect("describe-value", TypeParam::retrieve_ext, &key, buffer, 64, 0, CSD_KV_DESCRIBE);
    this->expect("compose", TypeParam::compose, &whole, buffer, 20, CSD_KV_DELETE_SOURCES);
}

TYPED_TEST(Wire, SelectVerbsAreTheWorkedBytes) {
    this->open(1 << 20);
    const csd_kv_key key = key_of("test_key");
    csd_kv_select select{};
    select.flags = CSD_KV_INPUT_HEADER | CSD_KV_OUTPUT_HEADER;
    this->expect("select", TypeParam::select_send, &key, &select, buffer, 22);
    select.flags = CSD_KV_INPUT_HEADER | CSD_KV_ASYNCHRONOUS;
    select.output = CSD_KV_JSON;
    select.option_bytes = 17;
    this->expect("select-with-options", TypeParam::select_send, &key, &select, buffer, 39);
    this->expect("fetch", TypeParam::select_retrieve, 7, buffer, 4096, 0, CSD_KV_KEEP_UNLESS_ALL);
    this->expect("fetch-at", TypeParam::select_retrieve, 7, buffer, 4096, 0x123456000, CSD_KV_KEEP);
    this->expect("describe-result", TypeParam::select_retrieve, 7, buffer, 64, 0,
                 CSD_KV_DESCRIBE_RESULT);
    this->expect("describe-last-failure", TypeParam::select_retrieve, 0, buffer, 64, 0,
                 CSD_KV_DESCRIBE_RESULT);
    this->expect("fetch-reason", TypeParam::select_retrieve, 0, buffer, 4096, 0, 0);
}

TYPED_TEST(Wire, The2023DialectIsTheWorkedBytes) {
    this->open_2023();
    const csd_kv_key key = key_of("test_key");
    const csd_kv_key longest = key_of("0123456789abcdef");
    this->expect("2023-store", TypeParam::store, &key, buffer, 5, 0);
    this->expect("2023-append", TypeParam::store_ext, &longest, buffer, 6, 0, CSD_KV_APPEND);
    this->expect("2023-retrieve", TypeParam::retrieve, &key, buffer, 65536, 65536);
    this->expect("2023-list", TypeParam::list, &key, buffer, 4096);
    this->expect("2023-delete", TypeParam::erase, &key);
    this->expect("2023-exist", TypeParam::exist, &key);
    csd_kv_select select{};
    select.flags = CSD_KV_INPUT_HEADER;
    select.output = CSD_KV_PARQUET;
    this->expect("2023-select", TypeParam::select_send, &key, &select, buffer, 22);
    this->expect("2023-fetch", TypeParam::select_retrieve, 7, buffer, 4096, 4096,
                 CSD_KV_KEEP_UNLESS_ALL);
}

TYPED_TEST(Wire, FreeingAResultAsksForTheLeastOfIt) {
    this->open();
    Flight flight;
    ASSERT_EQ(TypeParam::select_free(this->kv_, &flight.request, 7, buffer, Flight::done, &flight),
              0);
    EXPECT_EQ(this->fake_.last().sqe.opcode(), 0x86);
    EXPECT_EQ(this->fake_.last().sqe.dword(11), 0u);
    EXPECT_EQ(this->fake_.last().sqe.dword(13), 7u);
    EXPECT_EQ(this->fake_.last().bytes(), 4u);
    this->fake_.answer();
    EXPECT_TRUE(flight.ok());
}

template <typename Level>
class Caller : public LevelTest<Level> {
  protected:
    template <typename Verb, typename... Arguments>
    int refused(Verb verb, Arguments... arguments) {
        Flight flight;
        const int rc = verb(this->kv_, &flight.request, arguments..., Flight::done, &flight);
        EXPECT_TRUE(this->fake_.idle());
        EXPECT_EQ(flight.answers, 0);
        return rc;
    }
};
TYPED_TEST_SUITE(Caller, Levels);

TYPED_TEST(Caller, IsToldOfArgumentsTheDriveWouldRefuse) {
    this->open();
    const csd_kv_key key = key_of("k");
    const csd_kv_key empty{};
    csd_kv_key seventeen{};
    seventeen.size = 17;
    const csd_kv_key* none = nullptr;
    void* nowhere = nullptr;
    for (const csd_kv_key* bad : {&empty, static_cast<const csd_kv_key*>(&seventeen), none}) {
        EXPECT_EQ(this->refused(TypeParam::store, bad, buffer, 1, 0), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::retrieve, bad, buffer, 1, 0), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::exist, bad), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::erase, bad), -EINVAL);
    }
    const uint32_t both = CSD_KV_MUST_EXIST | CSD_KV_MUST_NOT_EXIST;
    EXPECT_EQ(this->refused(TypeParam::store, &key, buffer, 1, both), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::store, &key, buffer, 1, CSD_KV_MORE), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::store, &key, nowhere, 1, 0), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::list, none, buffer, 3), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::list, none, buffer, 4097), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 5, CSD_KV_APPEND), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 0, CSD_KV_AT_OFFSET), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 0, CSD_KV_APPEND | CSD_KV_MORE),
              -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::retrieve_ext, &key, buffer, 63, 0, CSD_KV_DESCRIBE),
              -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::select_retrieve, 7, buffer, 63, 0, CSD_KV_DESCRIBE_RESULT),
              -EINVAL);
    csd_kv_select select{};
    EXPECT_EQ(this->refused(TypeParam::select_send, &key, &select, buffer, 0), -EINVAL);
    select.option_bytes = 9;
    EXPECT_EQ(this->refused(TypeParam::select_send, &key, &select, buffer, 9), -EINVAL);
    select = {};
    select.input = static_cast<csd_kv_format>(3);
    EXPECT_EQ(this->refused(TypeParam::select_send, &key, &select, buffer, 9), -EINVAL);
    select = {};
    std::memset(&select.output, 0xFF, sizeof(select.output));  // -1
    EXPECT_EQ(this->refused(TypeParam::select_send, &key, &select, buffer, 9), -EINVAL);
    Flight flight;
    EXPECT_EQ(TypeParam::exist(this->kv_, &flight.request, &key, nullptr, nullptr), -EINVAL);
    EXPECT_EQ(this->refused(TypeParam::storev, &key, nullptr, 1, 0), -EINVAL);
}

TYPED_TEST(Caller, IsToldWhatTheDialectCannotSay) {
    this->open(4096, device::use_2023_dialect);
    const csd_kv_key key = key_of("k");
    const uint32_t guarded = CSD_KV_APPEND | CSD_KV_AT_OFFSET;
    EXPECT_EQ(this->refused(TypeParam::compose, &key, buffer, 20, 0), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 1, guarded), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 0, CSD_KV_MORE), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::retrieve_ext, &key, buffer, 64, 0, CSD_KV_DESCRIBE),
              -ENOTSUP);
    for (const uint64_t beyond : {uint64_t{1} << 32, UINT64_MAX - 3}) {
        EXPECT_EQ(this->refused(TypeParam::retrieve, &key, buffer, 8, beyond), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::retrieve, &key, buffer, 8000, beyond), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::retrieve_ext, &key, buffer, 8, beyond, 0), -EINVAL);
        EXPECT_EQ(this->refused(TypeParam::select_retrieve, 7, buffer, 8, beyond, 0), -EINVAL);
    }
    const uint64_t last = UINT32_MAX - 100;
    EXPECT_EQ(this->refused(TypeParam::retrieve, &key, buffer, 8000, last), -EINVAL);
    EXPECT_EQ(this->run(TypeParam::retrieve, &key, buffer, 4096, last).status(),
              nvme::status_kind(nvme::kKeyDoesNotExist));
    csd_kv_select select{};
    select.flags = CSD_KV_ASYNCHRONOUS;
    EXPECT_EQ(this->refused(TypeParam::select_send, &key, &select, buffer, 9), -ENOTSUP);
}

TYPED_TEST(Caller, IsToldThatADriveHasTheStandardCommandsOnly) {
    this->open(4096, [](csd_options& options) { options.flags |= CSD_NO_EXTENSIONS; });
    EXPECT_EQ(this->info().extensions, 0u);
    EXPECT_TRUE(this->info().standard_opcodes);
    const csd_kv_key key = key_of("k");
    EXPECT_EQ(this->refused(TypeParam::store, &key, buffer, 4097, 0), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::retrieve, &key, buffer, 4097, 0), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::retrieve, &key, buffer, 1, 1), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::compose, &key, buffer, 20, 0), -ENOTSUP);
    EXPECT_EQ(this->refused(TypeParam::store_ext, &key, buffer, 1, 0, CSD_KV_APPEND), -ENOTSUP);
    EXPECT_TRUE(this->run(TypeParam::store, &key, buffer, 4096, 0).ok());
    EXPECT_TRUE(this->run(TypeParam::retrieve, &key, buffer, 4096, 0).ok());
}

TYPED_TEST(Caller, GetsTheErrnoOfTheSubmissionAndNoCallback) {
    this->open();
    const csd_kv_key key = key_of("k");
    for (const int rc : {-ENOMEM, -ENXIO, -EBADF}) {
        this->fake_.next_rc = rc;
        this->fake_.failures = 1;
        EXPECT_EQ(this->refused(TypeParam::store, &key, buffer, 1, 0), rc);
    }
    EXPECT_TRUE(this->run(TypeParam::store, &key, buffer, 1, 0).ok());
}

TYPED_TEST(Caller, IsNotCalledBackForASubmissionThatFails) {
    this->open();
    const csd_kv_key key = key_of("k");
    this->fake_.next_rc = -EFAULT;
    this->fake_.failures = 1;
    this->fake_.answers_first = true;
    EXPECT_EQ(this->refused(TypeParam::store, &key, buffer, 1, 0), -EFAULT);
}

TYPED_TEST(Caller, MayBeCalledBackWithinTheSubmission) {
    this->open();
    this->fake_.inline_answers = true;
    const csd_kv_key key = key_of("k");
    std::memcpy(buffer, "value", 5);
    EXPECT_TRUE(this->run(TypeParam::store, &key, buffer, 5, 0).ok());
    std::memset(buffer, 0, 5);
    const Flight flight = this->run(TypeParam::retrieve, &key, buffer, 100, 0);
    EXPECT_EQ(flight.completion.cdw0, 5u);
    EXPECT_EQ(std::string_view(reinterpret_cast<char*>(buffer), 5), "value");
}

TYPED_TEST(Caller, MaySendTheRequestAgainFromItsCallback) {
    this->open();
    const csd_kv_key key = key_of("k");
    Flight flight;
    flight.then = [&] {
        if (flight.answers >= 100) return;
        EXPECT_EQ(TypeParam::exist(this->kv_, &flight.request, &key, Flight::done, &flight), 0);
    };
    flight.then();
    this->drain();
    EXPECT_EQ(flight.answers, 100);
    EXPECT_EQ(flight.status(), nvme::status_kind(nvme::kKeyDoesNotExist));
}

TYPED_TEST(Caller, PaysForNoAllocation) {
    this->open();
    const csd_kv_key key = key_of("k");
    const csd_kv_key whole = key_of("whole");
    const csd_kv_key* none = nullptr;
    csd_kv_select select{};
    const std::string csv = "a\n1\n", sql = "SELECT a FROM t";
    const iovec one[] = {{buffer, 5}};
    const uint32_t guarded = CSD_KV_APPEND | CSD_KV_AT_OFFSET;
    const Allocations::Watch watch;
    std::memcpy(buffer, csv.data(), csv.size());
    EXPECT_TRUE(this->run(TypeParam::store, &key, buffer, csv.size(), 0).ok());
    EXPECT_TRUE(this->run(TypeParam::store_ext, &key, buffer, 1, csv.size(), guarded).ok());
    EXPECT_TRUE(this->run(TypeParam::storev, &whole, one, 1, 0).ok());
    EXPECT_TRUE(this->run(TypeParam::retrieve, &key, buffer, 4096, 0).ok());
    EXPECT_TRUE(this->run(TypeParam::list, none, buffer, 4096).ok());
    EXPECT_TRUE(this->run(TypeParam::exist, &key).ok());
    const int64_t bytes = csd_kv_write_sources(buffer, sizeof(buffer), &key, 1);
    EXPECT_TRUE(this->run(TypeParam::compose, &whole, buffer, bytes, 0).ok());
    std::memcpy(buffer, sql.data(), sql.size());
    EXPECT_EQ(this->run(TypeParam::select_send, &key, &select, buffer, sql.size()).answers, 1);
    EXPECT_TRUE(this->run(TypeParam::erase, &key).ok());
    EXPECT_EQ(watch.count(), 0u);
}

TEST(Allocations, AreCountedWhateverAsksForThem) {
    const Allocations::Watch watch;
    int* volatile number = new int;  // volatile: the compiler may not leave it out
    void* volatile memory = malloc(1);
    free(memory);
    delete number;
    EXPECT_EQ(watch.count(), 2u);
}

TYPED_TEST(Caller, CannotCloseWhileACommandIsInFlight) {
    this->open();
    const csd_kv_key key = key_of("k");
    Flight flight;
    ASSERT_EQ(TypeParam::exist(this->kv_, &flight.request, &key, Flight::done, &flight), 0);
    EXPECT_EQ(TypeParam::close(this->kv_), -EBUSY);
    this->drain();
    EXPECT_EQ(flight.answers, 1);
}

TYPED_TEST(Caller, MayCloseFromTheLastCallback) {
    this->open();
    const csd_kv_key key = key_of("k");
    Flight flight;
    flight.then = [&] {
        EXPECT_EQ(TypeParam::close(this->kv_), 0);
        this->kv_ = nullptr;
    };
    ASSERT_EQ(TypeParam::exist(this->kv_, &flight.request, &key, Flight::done, &flight), 0);
    this->fake_.run_all();
    EXPECT_EQ(this->kv_, nullptr);
}

TYPED_TEST(Caller, MayHaveScatteredBuffersWhereSpdkHasThem) {
    this->open();
    const csd_kv_key key = key_of("k");
    std::string one = "scat", two = "tered";
    const iovec out[] = {{one.data(), 4}, {two.data(), 5}};
    EXPECT_TRUE(this->run(TypeParam::storev, &key, out, 1, 0).ok());
    if (!this->info().scattered_buffers) {
        EXPECT_EQ(this->refused(TypeParam::storev, &key, out, 2, 0), -ENOTSUP);
        EXPECT_EQ(this->refused(TypeParam::retrievev, &key, out, 2, 0), -ENOTSUP);
        return;
    }
    EXPECT_TRUE(this->run(TypeParam::storev, &key, out, 2, 0).ok());
    const uint32_t guarded = CSD_KV_APPEND | CSD_KV_AT_OFFSET;
    EXPECT_TRUE(this->run(TypeParam::store_extv, &key, out, 2, 9, guarded).ok());
    std::string three(7, ' '), four(20, ' ');
    const iovec in[] = {{three.data(), 7}, {four.data(), 20}};
    EXPECT_EQ(this->run(TypeParam::retrievev, &key, in, 2, 0).completion.cdw0, 18u);
    EXPECT_EQ(three + four.substr(0, 11), "scatteredscattered");
    EXPECT_EQ(this->run(TypeParam::retrieve_extv, &key, in, 2, 9, 0).completion.cdw0, 18u);
    EXPECT_EQ(three + four.substr(0, 2), "scattered");
}

// --- What one level only has ----------------------------------------------------------------------------------------

using OverDriver = Caller<DriverLevel>;
using OverBdev = Caller<BdevLevel>;

TEST_F(OverDriver, MemoryThatIsNotForDevicesIsNotSubmitted) {
    open();
    const csd_kv_key key = key_of("k");
    fake_.not_dma = buffer;
    EXPECT_EQ(refused(csd_nvme_kv_store, &key, buffer, 1, 0), -EFAULT);
    fake_.not_dma = buffer + 99;
    EXPECT_EQ(refused(csd_nvme_kv_store, &key, buffer, 100, 0), -EFAULT);
    fake_.not_dma = nullptr;
    EXPECT_EQ(refused(csd_nvme_kv_store, &key, buffer + 1, 1, 0), -EFAULT);
}

TEST_F(OverDriver, AFabricTakesAnyMemory) {
    fake_.pcie = false;
    open();
    const csd_kv_key key = key_of("k");
    fake_.not_dma = buffer + 1;
    EXPECT_TRUE(run(csd_nvme_kv_store, &key, buffer + 1, 1, 0).ok());
}

TEST_F(OverDriver, AnAppendNeedsNoGuard) {
    open();
    const csd_kv_key key = key_of("k");
    EXPECT_TRUE(run(csd_nvme_kv_store_ext, &key, buffer, 1, 0, CSD_KV_APPEND).ok());
}

TEST_F(OverDriver, ACallbackOfThePollMayCloseTheHandle) {
    open();
    const csd_kv_key key = key_of("k");
    Flight flight;
    flight.then = [&] {
        EXPECT_EQ(csd_nvme_kv_close(kv_), 0);
        kv_ = nullptr;
    };
    ASSERT_EQ(csd_nvme_kv_exist(kv_, &flight.request, &key, Flight::done, &flight), 0);
    csd_nvme_kv_poll(kv_, 0);
    EXPECT_EQ(kv_, nullptr);
}

TEST_F(OverBdev, AnAppendThatCouldHappenTwiceIsRefused) {
    open();
    const csd_kv_key key = key_of("k");
    EXPECT_EQ(refused(csd_bdev_kv_store_ext, &key, buffer, 1, 0, CSD_KV_APPEND), -EINVAL);
}

TEST_F(OverBdev, StoresAndRetrievesAreVendorOpcodes) {
    open();
    EXPECT_FALSE(info().standard_opcodes);
    const csd_kv_key key = key_of("k");
    Flight flight;
    ASSERT_EQ(csd_bdev_kv_store(kv_, &flight.request, &key, buffer, 1, 0, Flight::done, &flight),
              0);
    EXPECT_EQ(fake_.last().sqe.opcode(), 0x81);
    drain();
    ASSERT_EQ(csd_bdev_kv_retrieve(kv_, &flight.request, &key, buffer, 1, 0, Flight::done, &flight),
              0);
    EXPECT_EQ(fake_.last().sqe.opcode(), 0x82);
    drain();
}

TEST_F(OverBdev, EveryBdevIoIsGivenBackBeforeTheCallback) {
    open();
    const int before = fake_.freed_ios;
    const csd_kv_key key = key_of("k");
    Flight flight;
    flight.then = [&] { EXPECT_EQ(fake_.freed_ios, before + 1); };
    ASSERT_EQ(csd_bdev_kv_exist(kv_, &flight.request, &key, Flight::done, &flight), 0);
    drain();
    EXPECT_EQ(flight.answers, 1);
}

}  // namespace
}  // namespace csd::spdk
