// SPDX-License-Identifier: BSD-3-Clause
#include "nvme/identify.hpp"

#include <gtest/gtest.h>

#include <functional>
#include <random>
#include <vector>

#include "nvme/golden_vectors.hpp"
#include "nvme/query_reason.hpp"

namespace csd::nvme {
namespace {

using Page = std::vector<uint8_t>;

// Written over rubbish, so that a byte nobody wrote is seen.
Page written(const std::function<void(MutableBytes)>& write, size_t bytes = kPageBytes) {
    Page page(bytes, 0xA5);
    write(page);
    return page;
}
Page golden_page(std::string_view name) {
    return golden::data(name).dump.bytes();
}

Extensions extensions() {
    return {.append = true,
            .offset = true,
            .select = true,
            .asynchronous = true,
            .compose = true,
            .more = true,
            .reasons = true,
            .formats = 7,
            .dialect_2023 = false,
            .max_value_bytes = 16 * kTiB,
            .max_result_bytes = kGiB,
            .max_sql_bytes = 65536,
            .max_results = 128,
            .max_results_bytes = kGiB,
            .max_record_bytes = 256 * kMiB};
}

KeyValueNamespace example() {
    KeyValueNamespace ns;
    ns.capacity_bytes = kGiB;
    ns.used_bytes = 0x12345;
    ns.max_value_bytes = 2 * kMiB;
    for (size_t i = 0; i < ns.nguid.size(); i++) ns.nguid[i] = static_cast<uint8_t>(0x11 * i);
    for (size_t i = 0; i < ns.eui64.size(); i++)
        ns.eui64[i] = static_cast<uint8_t>(0x01 + 0x22 * i);
    ns.extensions = extensions();
    return ns;
}

TEST(Identify, KeyValueNamespaceHasTheGoldenBytes) {
    EXPECT_EQ(written([](MutableBytes page) { write_key_value_namespace(example(), page); }),
              golden_page("kv-namespace"));
}

TEST(Identify, KeyValueNamespaceIsReadBack) {
    const KeyValueNamespace ns = read_key_value_namespace(golden_page("kv-namespace")).value();
    EXPECT_EQ(ns.capacity_bytes, kGiB);
    EXPECT_EQ(ns.used_bytes, 0x12345u);
    EXPECT_EQ(ns.max_key_bytes, 16u);
    EXPECT_EQ(ns.max_value_bytes, 2 * kMiB);
    EXPECT_EQ(ns.max_keys, 0u);
    EXPECT_EQ(ns.nguid, example().nguid);
    EXPECT_EQ(ns.eui64, example().eui64);
    EXPECT_EQ(ns.extensions, extensions());
}

TEST(Identify, UsedBytesNeverExceedTheCapacity) {
    KeyValueNamespace ns = example();
    ns.used_bytes = ns.capacity_bytes + 1;
    const Page page = written([&](MutableBytes out) { write_key_value_namespace(ns, out); });
    EXPECT_EQ(load_le<uint64_t>(page, 16), ns.capacity_bytes);
}

TEST(Identify, AnAllZeroPageIsNoNamespace) {
    EXPECT_FALSE(read_key_value_namespace(Page(kPageBytes)));
    EXPECT_FALSE(read_key_value_namespace(Page(kPageBytes - 1, 1))) << "nor is a short one";
}

TEST(Identify, TheFormatInUseOfAForeignDriveIsRead) {
    Page page = golden_page("kv-namespace");
    page[25] = 1;                           // two formats
    page[29] = 1;                           // and the second is used
    store_le<uint16_t>(page, 88, 8);        // KML
    store_le<uint32_t>(page, 92, 1 << 20);  // VML
    store_le<uint32_t>(page, 96, 1000);     // MNK
    KeyValueNamespace ns = read_key_value_namespace(page).value();
    EXPECT_EQ(ns.max_key_bytes, 8u);
    EXPECT_EQ(ns.max_value_bytes, 1u << 20);
    EXPECT_EQ(ns.max_keys, 1000u);
    page[29] = 2;
    EXPECT_EQ(read_key_value_namespace(page)->max_key_bytes, 16u) << "an index it does not have";
}

TEST(Identify, OtherPagesHaveTheGoldenBytes) {
    EXPECT_EQ(written([](MutableBytes page) { write_key_value_format(example(), page); }),
              golden_page("kv-format"));
    EXPECT_EQ(written([](MutableBytes page) { write_compatible_namespace(example(), page); }),
              golden_page("compatible-namespace"));
    EXPECT_EQ(written(write_key_value_controller), golden_page("kv-controller"));
    EXPECT_EQ(written(write_independent_namespace), golden_page("independent-namespace"));
}

TEST(Identify, CompatibleNamespaceIsNeverEmpty) {
    KeyValueNamespace ns;
    const Page page = written([&](MutableBytes out) { write_compatible_namespace(ns, out); });
    EXPECT_EQ(load_le<uint64_t>(page, 0), 1u) << "NSZE";
    EXPECT_EQ(load_le<uint64_t>(page, 8), 1u) << "NCAP";
    EXPECT_EQ(load_le<uint64_t>(page, 16), 0u) << "NUSE";
}

TEST(Effects, KeyValueLogHasTheGoldenBytes) {
    Page page(kPageBytes);
    write_effects_log({}, page);
    EXPECT_EQ(page, golden_page("effects-log"));
}

TEST(Effects, WithoutExtensionsTheyAreNotInTheLog) {
    Page page(kPageBytes);
    write_effects_log({.extensions = false}, page);
    Page expected = golden_page("effects-log");
    for (size_t opcode = 0x80; opcode < 0x100; opcode++)
        store_le<uint32_t>(expected, 1024 + 4 * opcode, 0);
    EXPECT_EQ(page, expected);
}

TEST(Effects, AdminCommandsStayTheControllersOwn) {
    Page page(kPageBytes, 0xA5);
    write_effects_log({}, page);
    EXPECT_EQ(Page(page.begin(), page.begin() + 1024), Page(1024, 0xA5));
    EXPECT_EQ(load_le<uint32_t>(page, 1024 + 4 * 0x03), 0u) << "an I/O opcode that is not ours";
}

TEST(Effects, The2023DialectOnlyAddsItsOwnOpcodes) {
    Page page(kPageBytes);
    write_effects_log({.dialect = Dialect::k2023}, page);
    EXPECT_EQ(page, golden_page("2023-effects-log"));

    Page rubbish(kPageBytes, 0xA5);
    write_effects_log({.dialect = Dialect::k2023}, rubbish);
    size_t changed = 0;
    for (size_t opcode = 0; opcode < 256; opcode++) {
        changed += load_le<uint32_t>(rubbish, 1024 + 4 * opcode) != 0xA5A5A5A5;
    }
    EXPECT_EQ(changed, 7u);
}

TEST(Effects, TheLogAndDecodeKnowTheSameOpcodes) {
    for (Rules rules : {Rules{}, Rules{.extensions = false}, Rules{.dialect = Dialect::k2023}}) {
        Page page(kPageBytes);
        write_effects_log(rules, page);
        for (size_t opcode = 0; opcode < 256; opcode++) {
            Sqe sqe;
            sqe.bytes[0] = static_cast<uint8_t>(opcode);
            const bool supported = (load_le<uint32_t>(page, 1024 + 4 * opcode) & 1) != 0;
            EXPECT_EQ(supported, decode(sqe, rules).status != kInvalidOpcode) << opcode;
        }
    }
}

TEST(CsdxArea, The2023DialectFillsOnlyTheVendorArea) {
    Extensions ours = extensions();
    ours.asynchronous = ours.compose = ours.more = ours.reasons = false;
    ours.dialect_2023 = true;
    Page page(kPageBytes);
    write_extensions(ours, page);
    EXPECT_EQ(page, golden_page("2023-vendor-area"));
    EXPECT_EQ(read_extensions(page), ours);

    Page rubbish(kPageBytes, 0xA5);
    write_extensions(ours, rubbish);
    EXPECT_EQ(Page(rubbish.begin(), rubbish.begin() + 3840), Page(3840, 0xA5));
    EXPECT_EQ(Page(rubbish.begin() + 3840, rubbish.end()), Page(page.begin() + 3840, page.end()));
}

TEST(CsdxArea, EachCapabilityIsItsOwnBit) {
    bool Extensions::*const kBits[] = {&Extensions::append,
                                       &Extensions::offset,
                                       &Extensions::select,
                                       &Extensions::asynchronous,
                                       &Extensions::compose,
                                       &Extensions::more,
                                       nullptr,
                                       &Extensions::reasons};
    for (size_t bit = 0; bit < std::size(kBits); bit++) {
        if (kBits[bit] == nullptr) continue;
        Extensions one;
        one.*kBits[bit] = true;
        Page page(kPageBytes);
        write_extensions(one, page);
        EXPECT_EQ(page[3845], 1u << bit);
        EXPECT_EQ(read_extensions(page), one);
    }
}

TEST(CsdxArea, OtherSignaturesAndVersionsAreNotUnderstood) {
    EXPECT_FALSE(read_extensions(Page(kPageBytes)));
    EXPECT_FALSE(read_extensions(Page()));
    Page page = golden_page("kv-namespace");
    page[3843] = 'Y';
    EXPECT_FALSE(read_extensions(page));
    page = golden_page("kv-namespace");
    page[3844] = 2;
    EXPECT_FALSE(read_extensions(page));
}

TEST(Describe, ValueHasTheGoldenBytesAndIsReadBack) {
    const ValueDescription value{.size = 0x140000000, .version = 42};
    const Page bytes = golden_page("value-description");
    EXPECT_EQ(
        written([&](MutableBytes out) { write_value_description(value, out); }, kDescribeBytes),
        bytes);
    EXPECT_EQ(read_value_description(bytes).size, value.size);
    EXPECT_EQ(read_value_description(bytes).version, value.version);
}

TEST(Describe, ResultHasTheGoldenBytesAndIsReadBack) {
    const ResultDescription result{.size = 123456, .state = ResultState::kRunning, .values = 1};
    const Page bytes = golden_page("result-description");
    EXPECT_EQ(
        written([&](MutableBytes out) { write_result_description(result, out); }, kDescribeBytes),
        bytes);
    EXPECT_EQ(read_result_description(bytes), result);
}

// SELECT prize FROM s3object
QueryReason example_reason() {
    return make_reason(
        ReasonCode::kColumnUnknown, "there is no column \"{subject}\"; did you mean \"{1}\"?",
        {.subject = "prize", .details = {"price"}, .position = 7}, "select prize from s3object");
}

TEST(Describe, AReasonHasTheGoldenBytesAndIsReadBack) {
    const QueryReason reason = example_reason();
    const Page text = golden_page("reason-text");
    EXPECT_EQ(reason.sentence, as_text(text));
    ResultDescription result{.size = text.size(), .state = ResultState::kFailed, .values = 1};
    describe_reason(reason, result);
    const Page bytes = golden_page("reason-description");
    EXPECT_EQ(
        written([&](MutableBytes out) { write_result_description(result, out); }, kDescribeBytes),
        bytes);
    EXPECT_EQ(read_result_description(bytes), result);
    EXPECT_EQ(described_reason(read_result_description(bytes), reason.sentence), reason);
}

TEST(Describe, AnOldDrivesFailureHasAnUnknownReasonAndNoPosition) {
    Page bytes(kDescribeBytes);
    store_le<uint64_t>(bytes, 0, 4);
    store_le<uint32_t>(bytes, 8, 2);
    const QueryReason reason = described_reason(read_result_description(bytes), "oops");
    EXPECT_EQ(reason.code, ReasonCode::kUnknown);
    EXPECT_FALSE(reason.position);
    EXPECT_EQ(reason.sentence, "oops");
    EXPECT_EQ(reason.subject(), "");
}

TEST(Describe, TheReasonOfAnotherTextIsNotTaken) {
    const auto described = read_result_description(golden_page("reason-description"));
    const QueryReason reason = described_reason(described, "another failure");
    EXPECT_EQ(reason.code, ReasonCode::kUnknown);
    EXPECT_FALSE(reason.position);
    EXPECT_EQ(reason.subject(), "");
}

TEST(Describe, AReasonsOffsetsAreHeldToTheText) {
    std::mt19937 random(2026);
    for (int round = 0; round < 2000; round++) {
        ResultDescription any{.size = 10, .state = ResultState::kFailed};
        any.reason = static_cast<ReasonCode>(random());
        any.subject_offset = round % 2 == 0 ? random() % 16 : static_cast<uint32_t>(random());
        any.subject_bytes = round % 3 == 0 ? random() % 16 : static_cast<uint32_t>(random());
        any.place_bytes = static_cast<uint16_t>(round % 5 == 0 ? random() % 16 : random());
        const QueryReason reason = described_reason(any, "0123456789");
        EXPECT_LE(reason.subject().size(), 10u);
        EXPECT_LE(reason.without_place().size(), 10u);
    }
}

TEST(Describe, AStateThatIsNotKnownIsAFailure) {
    Page bytes(kDescribeBytes);
    for (uint32_t state : {2u, 3u, 0x100u, 0xFFFFFFFFu}) {
        store_le<uint32_t>(bytes, 8, state);
        EXPECT_EQ(read_result_description(bytes).state, ResultState::kFailed);
    }
}

TEST(Identify, ReadersSurviveAnyPage) {
    std::mt19937 random(2026);
    for (int round = 0; round < 200; round++) {
        Page page(kPageBytes);
        for (uint8_t& byte : page) byte = static_cast<uint8_t>(random());
        std::copy_n("CSDX\x01", 5, page.begin() + 3840);
        const auto ns = read_key_value_namespace(page);
        ASSERT_TRUE(ns);
        EXPECT_LE(ns->used_bytes, ns->capacity_bytes);
        // What is understood of the area survives being written.
        Page again(kPageBytes);
        write_extensions(*ns->extensions, again);
        EXPECT_EQ(read_extensions(again), ns->extensions);
    }
}

}  // namespace
}  // namespace csd::nvme
