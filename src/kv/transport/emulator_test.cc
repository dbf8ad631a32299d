// SPDX-License-Identifier: BSD-3-Clause
//
// The client on a real drive in this process, in both dialects and without extensions.
#include "kv/transport/emulator.hpp"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <algorithm>
#include <filesystem>
#include <fstream>
#include <thread>

#include "csd/kv.hpp"
#include "kv/admin.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {
namespace {

using ::testing::HasSubstr;

class Emulated : public ::testing::Test {
  protected:
    void SetUp() override {
        std::string pattern =
            (std::filesystem::temp_directory_path() / "csd-emulator-XXXXXX").string();
        ASSERT_NE(nullptr, mkdtemp(pattern.data()));
        root_ = pattern;
    }
    void TearDown() override {
        client_.reset();
        std::filesystem::remove_all(root_);
    }

    std::string device(const std::string& parameters = "") const {
        return "emulator:" + root_.string() + parameters;
    }
    std::unique_ptr<Client> another(const std::string& parameters = "",
                                    uint32_t max_transfer_bytes = 0) {
        OpenOptions options;
        options.max_transfer_bytes = max_transfer_bytes;
        options.cancel = CancelToken(&cancelled_);
        auto client = Client::open(device(parameters), options);
        EXPECT_TRUE(client.ok()) << client.status().message();
        return client.ok() ? std::move(client).value() : nullptr;
    }
    void open(const std::string& parameters = "", uint32_t max_transfer_bytes = 0) {
        client_.reset();
        client_ = another(parameters, max_transfer_bytes);
        ASSERT_NE(nullptr, client_);
    }
    Client& client() { return *client_; }

    static Key key(std::string_view text) { return *Key::from_text(text); }
    static std::vector<uint8_t> value(size_t bytes, uint8_t seed = 1) {
        std::vector<uint8_t> made(bytes);
        for (size_t i = 0; i < bytes; i++) made[i] = static_cast<uint8_t>(seed + i * 7 + i / 251);
        return made;
    }
    static std::vector<uint8_t> got(const Result<std::vector<uint8_t>>& result) {
        EXPECT_TRUE(result.ok()) << result.status().message();
        return result.ok() ? result.value() : std::vector<uint8_t>();
    }
    std::vector<uint8_t> file_of(const std::string& name) const {
        std::ifstream file(root_ / "0" / "1" / name, std::ios::binary);
        return {std::istreambuf_iterator<char>(file), {}};
    }

    std::filesystem::path root_;
    std::unique_ptr<Client> client_;
    std::atomic<uint32_t> cancelled_{0};
};

class EmulatedDialects : public Emulated, public ::testing::WithParamInterface<const char*> {};
INSTANTIATE_TEST_SUITE_P(Both, EmulatedDialects, ::testing::Values("", "?dialect=2023"),
                         [](const auto& one) {
                             return *one.param == '\0' ? "KeyValue" : "Dialect2023";
                         });

TEST_P(EmulatedDialects, ValuesAroundTheTransferSizeComeBackWhole) {
    open(GetParam(), 4096);
    for (const size_t bytes : {0, 1, 4095, 4096, 4097, 8191, 8192, 8193, 70000}) {
        const auto stored = value(bytes, static_cast<uint8_t>(bytes));
        ASSERT_TRUE(client().store(key("k"), stored).ok());
        EXPECT_EQ(bytes, client().describe(key("k")).value().size);
        EXPECT_EQ(stored, got(client().retrieve(key("k")))) << bytes;
        EXPECT_EQ(stored, file_of("6B"));
    }
}

TEST_P(EmulatedDialects, ValuesAroundTheDrivesOwnTransferSize) {
    open(GetParam());
    const size_t most = client().max_transfer_bytes();
    EXPECT_EQ(2 * kMiB, most);
    for (const size_t bytes : {most - 1, most, most + 1, 3 * most + 5}) {
        const auto stored = value(bytes);
        EXPECT_EQ(bytes, client().store(key("big"), Source::from(stored)).value());
        EXPECT_EQ(stored, got(client().retrieve(key("big"))));
    }
}

TEST_P(EmulatedDialects, RangesOfALongValue) {
    open(GetParam(), 4096);
    const auto stored = value(20000);
    ASSERT_TRUE(client().store(key("k"), stored).ok());
    for (const auto& [offset, length] : std::vector<std::pair<size_t, size_t>>{{0, 1},
                                                                               {0, 4096},
                                                                               {1, 4096},
                                                                               {4096, 4097},
                                                                               {19999, 100},
                                                                               {20000, 1},
                                                                               {50000, 1},
                                                                               {3, 0}}) {
        const size_t from = std::min<size_t>(offset, 20000);
        const size_t to = std::min<size_t>(from + length, 20000);
        EXPECT_EQ(std::vector<uint8_t>(stored.begin() + from, stored.begin() + to),
                  got(client().retrieve(key("k"), {offset, length})))
            << offset << " " << length;
    }
}

TEST_P(EmulatedDialects, ConditionsHoldWhateverTheSize) {
    open(GetParam(), 4096);
    for (const size_t bytes : {10, 10000}) {
        const std::string name = "k" + std::to_string(bytes);
        EXPECT_EQ(Code::kNotFound,
                  client().store(key(name), value(bytes), When::kOnlyUpdate).code());
        EXPECT_TRUE(client().store(key(name), value(bytes), When::kOnlyAdd).ok());
        EXPECT_EQ(Code::kExists, client().store(key(name), value(bytes, 9), When::kOnlyAdd).code());
        EXPECT_TRUE(client().store(key(name), value(bytes, 9), When::kOnlyUpdate).ok());
        EXPECT_EQ(value(bytes, 9), got(client().retrieve(key(name))));
    }
}

TEST_P(EmulatedDialects, AppendAddsToTheEnd) {
    open(GetParam(), 4096);
    EXPECT_EQ(3u, client().append(key("k"), as_bytes("abc")).value());
    EXPECT_EQ(10003u, client().append(key("k"), value(10000)).value());
    EXPECT_EQ(10003u, client().append(key("k"), Bytes()).value());
    auto whole = value(10000);
    whole.insert(whole.begin(), {'a', 'b', 'c'});
    EXPECT_EQ(whole, got(client().retrieve(key("k"))));
    EXPECT_EQ(Code::kNotFound,
              client().append(key("new"), as_bytes("x"), When::kOnlyUpdate).code());
    EXPECT_EQ(Code::kExists, client().append(key("k"), as_bytes("x"), When::kOnlyAdd).code());
    EXPECT_EQ(5000u, client().append(key("new"), value(5000), When::kOnlyAdd).value());
}

TEST_P(EmulatedDialects, KeysOfEveryLengthAndByte) {
    open(GetParam());
    for (size_t bytes = 1; bytes <= Key::kMaxBytes; bytes++) {
        std::vector<uint8_t> raw(bytes, 0);
        raw.back() = static_cast<uint8_t>(0xF0 + bytes);
        const Key name = *Key::from_bytes(raw);
        ASSERT_TRUE(client().store(name, raw).ok());
        EXPECT_TRUE(client().exists(name).value());
        EXPECT_EQ(raw, file_of(name.file_name()));
    }
    EXPECT_EQ(Key::kMaxBytes, client().list().value().size());
}

TEST_P(EmulatedDialects, KeysAreListedInOrderPageByPage) {
    open(GetParam(), 4096);
    std::vector<Key> keys;
    for (int i = 0; i < 2000; i++)
        keys.push_back(key((i % 3 == 0 ? "a" : "bb") + std::to_string(i)));
    for (const Key& name : keys) ASSERT_TRUE(client().store(name, Bytes()).ok());
    std::sort(keys.begin(), keys.end());
    EXPECT_EQ(keys, client().list().value());
    const auto middle = std::lower_bound(keys.begin(), keys.end(), key("bb"));
    EXPECT_EQ(std::vector<Key>(middle, keys.end()), client().list({.prefix = key("bb")}).value());
    EXPECT_EQ(std::vector<Key>(middle, middle + 5),
              client().list({.start = key("bb"), .limit = 5}).value());
}

TEST_P(EmulatedDialects, EraseExistsFlushAndFormat) {
    open(GetParam());
    ASSERT_TRUE(client().store(key("a"), as_bytes("1")).ok());
    ASSERT_TRUE(client().store(key("b"), as_bytes("2")).ok());
    EXPECT_TRUE(client().exists(key("a")).value());
    EXPECT_TRUE(client().erase(key("a")).ok());
    EXPECT_FALSE(client().exists(key("a")).value());
    EXPECT_EQ(Code::kNotFound, client().retrieve(key("a")).code());
    EXPECT_TRUE(client().flush().ok());
    EXPECT_TRUE(client().format().ok());
    EXPECT_TRUE(client().list().value().empty());
}

TEST_P(EmulatedDialects, ValuesStayWhenTheDriveIsClosed) {
    open(GetParam());
    ASSERT_TRUE(client().store(key("k"), as_bytes("still here")).ok());
    open(GetParam());
    EXPECT_EQ("still here", as_text(got(client().retrieve(key("k")))));
}

TEST_P(EmulatedDialects, ManyCommandsInFlight) {
    open(GetParam());
    constexpr int kCount = 600;
    int stored = 0;
    int matched = 0;
    std::vector<std::vector<uint8_t>> buffers(kCount, std::vector<uint8_t>(100));
    const auto name = [](int i) { return key("k" + std::to_string(i)); };
    std::vector<std::vector<uint8_t>> values;
    for (int i = 0; i < kCount; i++) values.push_back(value(100, static_cast<uint8_t>(i)));
    for (int i = 0; i < kCount; i++) {
        client().async_store(name(i), values[i], When::kAlways, [&stored](Result<uint64_t> done) {
            stored += done.ok() && done.value() == 100 ? 1 : 0;
        });
    }
    while (client().in_flight() > 0) client().wait(100);
    for (int i = 0; i < kCount; i++) {
        client().async_retrieve(name(i), buffers[i], 0, [&, i](Result<Retrieved> done) {
            matched += done.ok() && done.value().bytes == 100 && buffers[i] == values[i] ? 1 : 0;
        });
    }
    while (client().in_flight() > 0) client().poll();
    EXPECT_EQ(kCount, stored);
    EXPECT_EQ(kCount, matched);
}

TEST_P(EmulatedDialects, ThreadsWithClientsOfTheirOwnShareTheDrive) {
    open(GetParam());
    std::vector<std::thread> threads;
    for (int t = 0; t < 4; t++) {
        threads.emplace_back([this, t] {
            const auto mine = another(GetParam(), 4096);
            ASSERT_NE(nullptr, mine);
            for (int i = 0; i < 20; i++) {
                const Key name = key("t" + std::to_string(t) + "." + std::to_string(i));
                const auto stored = value(5000 + 100 * i, static_cast<uint8_t>(t));
                ASSERT_TRUE(mine->store(name, stored).ok());
                ASSERT_EQ(stored, got(mine->retrieve(name)));
            }
        });
    }
    for (std::thread& thread : threads) thread.join();
    EXPECT_EQ(80u, client().list().value().size());
}

class EmulatedKeyValue : public Emulated {};

TEST_F(EmulatedKeyValue, InfoComesFromTheIdentifyPages) {
    open("?size=10000000&nsid=3");
    ASSERT_TRUE(client().store(key("k"), value(1000)).ok());
    const DriveInfo info = client().info().value();
    EXPECT_EQ("emulator", info.transport);
    EXPECT_EQ("csd-emulator", info.serial);
    EXPECT_THAT(info.model, HasSubstr("csd"));
    EXPECT_FALSE(info.firmware.empty());
    EXPECT_EQ(3u, info.nsid);
    EXPECT_EQ(10000000u, info.capacity_bytes);
    EXPECT_GE(info.used_bytes, 1000u);
    ASSERT_TRUE(info.extensions.has_value());
    EXPECT_TRUE(info.extensions->append && info.extensions->offset && info.extensions->more);
    EXPECT_TRUE(info.extensions->select && info.extensions->asynchronous &&
                info.extensions->compose);
    EXPECT_GE(info.max_value_bytes, 1 * kTiB);
}

TEST_F(EmulatedKeyValue, AFullDriveSaysSoAndKeepsTheOldValue) {
    open("?size=100000", 4096);
    ASSERT_TRUE(client().store(key("k"), as_bytes("old")).ok());
    EXPECT_EQ(Code::kNoSpace, client().store(key("k"), value(200000)).code());
    EXPECT_EQ("old", as_text(got(client().retrieve(key("k")))));
}

TEST_F(EmulatedKeyValue, WithoutExtensionsTheStandardIsAllThereIs) {
    open("?extensions=off", 4096);
    EXPECT_FALSE(client().info().value().extensions.has_value());
    EXPECT_TRUE(client().store(key("k"), value(4096)).ok());
    EXPECT_EQ(value(4096), got(client().retrieve(key("k"))));
    EXPECT_EQ(4096u, client().describe(key("k")).value().size);
    EXPECT_EQ(Code::kUnsupported, client().store(key("k"), value(4097)).code());
    EXPECT_EQ(Code::kUnsupported, client().append(key("k"), value(1)).code());
    EXPECT_EQ(Code::kUnsupported, client().compose(key("c"), {key("k")}).code());
    std::string rows;
    EXPECT_EQ(Code::kUnsupported, client().select(key("k"), "SELECT 1", {}, Sink::to(rows)).code());
    const auto part = value(4096);
    EXPECT_EQ(std::vector<uint8_t>(part.begin() + 10, part.begin() + 20),
              got(client().retrieve(key("k"), {10, 10})));
    ASSERT_TRUE(client().store(key("k2"), Bytes()).ok());
    EXPECT_EQ((std::vector<Key>{key("k"), key("k2")}), client().list({.prefix = key("k")}).value());
}

TEST_F(EmulatedKeyValue, ComposeJoinsValues) {
    open();
    ASSERT_TRUE(client().store(key("a"), as_bytes("one ")).ok());
    ASSERT_TRUE(client().store(key("b"), as_bytes("two")).ok());
    EXPECT_EQ(7u, client().compose(key("c"), {key("a"), key("b")}, {When::kOnlyAdd, true}).value());
    EXPECT_EQ("one two", as_text(got(client().retrieve(key("c")))));
    EXPECT_FALSE(client().exists(key("a")).value());
    EXPECT_EQ(Code::kNotFound, client().compose(key("d"), {key("none")}).code());
}

TEST_F(EmulatedKeyValue, DeletingAMissingKeyIsAnErrorOnlyIfTheNamespaceSaysSo) {
    open();
    EXPECT_FALSE(client().delete_missing_is_error().value());
    EXPECT_TRUE(client().erase(key("none")).ok());
    EXPECT_TRUE(client().set_delete_missing_is_error(true).ok());
    EXPECT_TRUE(client().delete_missing_is_error().value());
    EXPECT_EQ(Code::kNotFound, client().erase(key("none")).code());
    open();
    EXPECT_TRUE(client().delete_missing_is_error().value());
}

TEST_F(EmulatedKeyValue, ALongRetrieveSeesOneVersionThoughTheValueChanges) {
    open("", 4096);
    const auto writer = another("", 4096);
    ASSERT_TRUE(client().store(key("k"), value(50000, 1)).ok());
    std::vector<uint8_t> bytes;
    bool changed = false;
    Sink sink = Sink::to(bytes);
    const auto write = sink.write;
    sink.write = [&](Bytes piece) {
        if (!changed && !bytes.empty()) {
            changed = true;
            EXPECT_TRUE(writer->store(key("k"), value(50000, 2)).ok());
        }
        return write(piece);
    };
    EXPECT_EQ(50000u, client().retrieve(key("k"), {}, sink).value());
    EXPECT_EQ(value(50000, 2), bytes);
    changed = false;
    bytes.clear();
    sink.restart = nullptr;
    const auto again =
        client().retrieve(key("k"), {},
                          {[&](Bytes piece) {
                               if (!changed) {
                                   changed = true;
                                   EXPECT_TRUE(writer->store(key("k"), value(50000, 3)).ok());
                               }
                               return write(piece);
                           },
                           {}});
    EXPECT_EQ(Code::kOffsetMismatch, again.code());
}

TEST_F(EmulatedKeyValue, TwoClientsStagingOneKeyDoNotMix) {
    open("", 4096);
    std::vector<std::thread> threads;
    for (const uint8_t seed : {10, 20}) {
        threads.emplace_back([this, seed] {
            const auto mine = another("", 4096);
            for (int i = 0; i < 20; i++)
                ASSERT_TRUE(mine->store(key("k"), value(40000, seed)).ok());
        });
    }
    for (std::thread& thread : threads) thread.join();
    const auto left = got(client().retrieve(key("k")));
    EXPECT_TRUE(left == value(40000, 10) || left == value(40000, 20));
}

TEST_F(EmulatedKeyValue, AStoreThatFailsHalfwayLeavesTheOldValue) {
    open("", 4096);
    ASSERT_TRUE(client().store(key("k"), as_bytes("old")).ok());
    int reads = 0;
    const Source broken = {[&reads](MutableBytes buffer) -> Result<size_t> {
        if (++reads > 5) return Status(Code::kInternal, "the disk broke");
        std::fill(buffer.begin(), buffer.end(), 'x');
        return buffer.size();
    }};
    EXPECT_EQ(Code::kInternal, client().store(key("k"), broken).code());
    EXPECT_EQ("old", as_text(got(client().retrieve(key("k")))));
    EXPECT_EQ(1u, client().list().value().size());
}

TEST_F(EmulatedKeyValue, OneDriveCannotBeOpenedInTwoWays) {
    open();
    EXPECT_EQ(Code::kUsage, Client::open(device("?sync=always")).code());
    EXPECT_TRUE(Client::open(root_.string()).ok());
    EXPECT_TRUE(Client::open(root_.string() + "/").ok());
    EXPECT_TRUE(Client::open(device("?nsid=2&sync=always")).ok());
}

TEST_F(EmulatedKeyValue, AnInterruptedVerbStops) {
    open("", 4096);
    int reads = 0;
    const Source endless = {[&](MutableBytes buffer) -> Result<size_t> {
        if (++reads > 100) cancelled_ = 1;
        std::fill(buffer.begin(), buffer.end(), 'x');
        return buffer.size();
    }};
    EXPECT_EQ(Code::kAborted, client().store(key("k"), endless).code());
    cancelled_ = 0;
    EXPECT_FALSE(another()->exists(key("k")).value());
}

class EmulatedController : public Emulated {
  protected:
    void attach(const std::string& parameters = "") {
        auto opened = open_emulator(device(parameters), {});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        transport_ = std::move(opened).value();
    }
    void TearDown() override {
        transport_.reset();
        Emulated::TearDown();
    }
    uint16_t identify(uint8_t cns, uint8_t csi, uint32_t nsid = 1) {
        page_.assign(nvme::kPageBytes, 0xEE);
        return transport_->admin(identify_command(cns, csi, nsid), page_).value().status;
    }
    uint16_t send(const nvme::Sqe& sqe, MutableBytes data = {}) {
        std::optional<uint16_t> status;
        EXPECT_TRUE(
            transport_->submit(sqe, data, [&](const nvme::Cqe& cqe) { status = cqe.status; }).ok());
        while (!status) {
            transport_->wait(100);
            transport_->poll(8);
        }
        return *status;
    }

    std::unique_ptr<Transport> transport_;
    std::vector<uint8_t> page_;
};

TEST_F(EmulatedController, AnswersIdentifyAsAController) {
    attach();
    EXPECT_EQ(0, identify(0x01, 0));
    EXPECT_EQ(9, page_[77]) << "MDTS: 2 MiB";
    EXPECT_EQ(0, identify(0x02, 0, 0));
    EXPECT_EQ(1u, load_le<uint32_t>(page_, 0));
    EXPECT_EQ(0u, load_le<uint32_t>(page_, 4));
    EXPECT_EQ(0, identify(0x03, 0));
    EXPECT_EQ(4, page_[0]);
    EXPECT_EQ(1, page_[4]) << "CSI of Key Value";
    EXPECT_EQ(0, identify(0x05, 1));
    EXPECT_TRUE(nvme::read_extensions(page_).has_value());
    EXPECT_EQ(0, identify(0x00, 0));
    EXPECT_NE(0u, load_le<uint64_t>(page_, 8)) << "NCAP";
    EXPECT_EQ(0, identify(0x08, 0));
    EXPECT_EQ(1, page_[14] & 1) << "ready";
    EXPECT_EQ(0, identify(0x06, 1));
    EXPECT_EQ(nvme::kInvalidField, identify(0x05, 0));
    EXPECT_EQ(nvme::kInvalidField, identify(0x77, 0));
    EXPECT_EQ(nvme::kInvalidNamespaceOrFormat, identify(0x05, 1, 2));
    page_.assign(nvme::kPageBytes, 0);
    EXPECT_EQ(
        0,
        transport_->admin(admin_command(AdminOpcode::kGetLogPage, 1, 0x05), page_).value().status);
    EXPECT_EQ(1, page_[1024 + 4 * 0x81] & 1) << "81h is supported";
    EXPECT_NE(
        0,
        transport_->admin(admin_command(AdminOpcode::kGetLogPage, 1, 0x70), page_).value().status);
    EXPECT_NE(
        0,
        transport_->admin(admin_command(static_cast<AdminOpcode>(0x7F), 1, 0), {}).value().status);
    EXPECT_NE(0,
              transport_->admin(admin_command(AdminOpcode::kFormatNvm, 9, 0), {}).value().status);
    EXPECT_NE(0, transport_->admin(identify_command(1, 0, 1), MutableBytes(page_).first(100))
                     .value()
                     .status);
}

TEST_F(EmulatedController, ABlockNamespaceCarriesThe2023Dialect) {
    attach("?dialect=2023");
    EXPECT_EQ(0, identify(0x00, 0));
    EXPECT_NE(0u, load_le<uint64_t>(page_, 0));
    EXPECT_EQ(9, page_[130]);
    const auto extensions = nvme::read_extensions(page_);
    ASSERT_TRUE(extensions.has_value());
    EXPECT_TRUE(extensions->dialect_2023);
    EXPECT_EQ(nvme::kInvalidField, identify(0x05, 1));
    EXPECT_EQ(0, identify(0x03, 0));
    EXPECT_EQ(0, page_[4]) << "CSI of blocks";
    nvme::Sqe flush;
    flush.set_dword(1, 1);
    EXPECT_EQ(0, send(flush));
}

TEST_F(EmulatedController, RefusesWhatAControllerRefuses) {
    attach();
    nvme::Sqe sqe;
    sqe.bytes[0] = 0x14;
    sqe.set_dword(1, 7);
    EXPECT_EQ(nvme::kInvalidNamespaceOrFormat, send(sqe));
    sqe.set_dword(1, 1);
    sqe.bytes[0] = 0x7C;
    EXPECT_EQ(nvme::kInvalidOpcode, send(sqe));
    std::vector<uint8_t> small(4);
    nvme::Retrieve too_long;
    too_long.key = key("k");
    too_long.bytes = 4096;
    EXPECT_EQ(nvme::kInvalidField, send(nvme::encode(too_long, nvme::Dialect::kKeyValue, 1), small))
        << "the entry asks for more than the caller's memory";
}

TEST_F(EmulatedController, AFullQueueIsNotReady) {
    attach();
    const nvme::Sqe sqe = nvme::encode(nvme::Exist{key("k")}, nvme::Dialect::kKeyValue, 1);
    const uint32_t depth = transport_->limits().queue_depth;
    uint32_t done = 0;
    for (uint32_t i = 0; i < depth; i++) {
        ASSERT_TRUE(transport_->submit(sqe, {}, [&done](const nvme::Cqe&) { done++; }).ok());
    }
    EXPECT_EQ(Code::kNotReady, transport_->submit(sqe, {}, nullptr).code());
    while (done < depth) transport_->poll(7);
    EXPECT_TRUE(transport_->submit(sqe, {}, [](const nvme::Cqe&) {}).ok());
}

}  // namespace
}  // namespace csd::kv
