// SPDX-License-Identifier: BSD-3-Clause
//
// What a drive says of itself, and the few things a host may set: Identify, the effects log, Feature 20h, Format.
#include "contract/contract.hpp"

namespace csd::contract {

using kv::AdminOpcode;

class AdminOfAny : public Contract {
  protected:
    Bytes page(const Answer& answer) {
        EXPECT_THAT(answer, Says(nvme::kSuccess));
        EXPECT_EQ(answer.data.size(), nvme::kPageBytes);
        return as_bytes(answer.data);
    }
    Answer feature(AdminOpcode opcode, uint32_t fid, uint32_t cdw11 = 0) {
        return drive().admin(kv::admin_command(opcode, drive().nsid(), fid, cdw11));
    }
    Answer get_feature(uint32_t fid) { return feature(AdminOpcode::kGetFeatures, fid); }
    Answer set_feature(uint32_t fid, uint32_t value) {
        return feature(AdminOpcode::kSetFeatures, fid, value);
    }
};
CONTRACT_OF(AdminOfAny, [](const Abilities& a) { return a.admin; });

TEST_P(AdminOfAny, OtherFeaturesAreNotTheDrives) {
    EXPECT_THAT(set_feature(0xC7, 1), IsRefusedWith(nvme::kInvalidField));
}

class Effects : public AdminOfAny {
  protected:
    // Log page 05h of the drive's command set.
    Answer effects_log() {
        nvme::Sqe sqe = kv::admin_command(AdminOpcode::kGetLogPage, drive().nsid(), 0x03FF0005);
        sqe.set_dword(14, is_key_value() ? 0x01000000 : 0);
        return drive().admin(sqe, nvme::kPageBytes);
    }
    static uint32_t effect_of(const Answer& log, size_t opcode) {
        return load_le<uint32_t>(as_bytes(log.data), 1024 + 4 * opcode);
    }
};
CONTRACT_OF(Effects, [](const Abilities& a) { return a.admin && a.effects; });

TEST_P(Effects, AreToldForEachCommandAndNeverUnusual) {
    const Answer log = effects_log();
    ASSERT_THAT(log, Says(nvme::kSuccess));
    constexpr uint32_t kSupported = 1, kChangesContent = 2, kUnusual = 0b11100;
    for (const size_t opcode : {0x06, 0x10, 0x14}) {
        EXPECT_EQ(effect_of(log, opcode) & kSupported, kSupported) << opcode;
    }
    EXPECT_EQ(effect_of(log, 0x10) & kChangesContent, kChangesContent);
    for (const size_t opcode : {0x81, 0x82, 0x85, 0x86}) {
        EXPECT_EQ(effect_of(log, opcode) & kSupported, abilities().extensions ? kSupported : 0);
    }
    for (size_t opcode = 0; opcode < 256; opcode++)
        EXPECT_EQ(effect_of(log, opcode) & kUnusual, 0u);
}

class Admin : public AdminOfAny {
  protected:
    nvme::KeyValueNamespace identify() {
        const Answer answer = drive().identify(0x05, nvme::kCsiKeyValue);
        const auto ns = nvme::read_key_value_namespace(page(answer));
        if (!ns) throw std::logic_error("an Identify page without a format");
        return *ns;
    }
    // EDNEK is the namespace's, so it is put back.
    void TearDown() override { set_feature(kv::kFeatureKeyValue, 0); }
};
CONTRACT_OF(Admin, [](const Abilities& a) { return a.admin && a.is_key_value(); });

TEST_P(Admin, TheNamespaceTellsItsLimits) {
    const auto ns = identify();
    EXPECT_GT(ns.capacity_bytes, 0u);
    EXPECT_EQ(ns.max_key_bytes, 16);
    EXPECT_GE(ns.max_value_bytes, abilities().max_transfer_bytes) << "VML";
    EXPECT_EQ(ns.extensions, abilities().extensions);
}

TEST_P(Admin, UsedBytesAreTrueAtEveryMoment) {
    const uint64_t before = identify().used_bytes;
    const uint64_t key_bytes = prefix().size() + 1;
    store("k", "12345");
    EXPECT_EQ(identify().used_bytes, before + key_bytes + 5);
    store("k", "1");
    EXPECT_EQ(identify().used_bytes, before + key_bytes + 1);
    erase("k");
    EXPECT_EQ(identify().used_bytes, before);
}

TEST_P(Admin, TheAllocatedNamespaceIsTheSame) {
    // But for NSZE, which is what the host file system has at the moment where the drive was given no size.
    EXPECT_EQ(drive().identify(0x1B, nvme::kCsiKeyValue).data.substr(8),
              drive().identify(0x05, nvme::kCsiKeyValue).data.substr(8));
}

TEST_P(Admin, HostsThatAskForBlocksGetACompatibleAnswer) {
    const Answer answer = drive().identify(0x00, 0);
    const Bytes blocks = page(answer);
    EXPECT_NE(load_le<uint64_t>(blocks, 0), 0u) << "NSZE";
    EXPECT_NE(load_le<uint64_t>(blocks, 8), 0u) << "NCAP: with zero SPDK takes it for inactive";
    EXPECT_EQ(blocks[130], 9) << "LBADS";
}

TEST_P(Admin, TheControllerNamesTheRevision) {
    const Answer answer = drive().identify(0x06, nvme::kCsiKeyValue);
    EXPECT_EQ(page(answer)[1], 3) << "MNR";
    EXPECT_EQ(page(answer)[2], 1) << "MJR";
}

TEST_P(Admin, ThereIsOneFormat) {
    const Answer only = drive().identify(0x0A, nvme::kCsiKeyValue);
    EXPECT_EQ(load_le<uint16_t>(page(only), 72), 16) << "KML";
    nvme::Sqe another = kv::identify_command(0x0A, nvme::kCsiKeyValue, drive().nsid());
    another.set_dword(11, another.dword(11) | 1);
    EXPECT_THAT(drive().admin(another, nvme::kPageBytes), IsRefusedWith(nvme::kInvalidField));
}

TEST_P(Admin, AnotherCommandSetIsRefused) {
    EXPECT_NE(drive().identify(0x05, 0x02).status, 0) << "zoned";
}

TEST_P(Admin, DeleteOfAnAbsentKeyIsAnErrorWhereTheHostWantsThat) {
    ASSERT_THAT(set_feature(kv::kFeatureKeyValue, kv::kEdnek), Says(nvme::kSuccess));
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 1u);
    EXPECT_THAT(erase("none"), Says(nvme::kKeyDoesNotExist));
    store("k", "v");
    EXPECT_THAT(erase("k"), Says(nvme::kSuccess));
    ASSERT_THAT(set_feature(kv::kFeatureKeyValue, 0), Says(nvme::kSuccess));
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 0u);
    EXPECT_THAT(erase("none"), Says(nvme::kSuccess));
}

TEST_P(Admin, ReservedBitsOfTheFeatureAreRefused) {
    for (const uint32_t bit : {1u, 2u, 31u}) {
        EXPECT_THAT(set_feature(kv::kFeatureKeyValue, 1u << bit),
                    IsRefusedWith(nvme::kInvalidField));
    }
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 0u);
}

TEST_P(Admin, TheFeatureCannotBeSavedBesideItsOneValue) {
    constexpr uint32_t kSave = 1u << 31, kCapabilities = 3u << 8;
    EXPECT_THAT(feature(AdminOpcode::kSetFeatures, kv::kFeatureKeyValue | kSave, kv::kEdnek),
                IsRefusedWith(nvme::kFeatureNotSaveable));
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 0u);
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue | kCapabilities).dw0, nvme::kKeyValueCapabilities);
}

// Between a namespace and a bdev layer there may be no controller to ask.
class AdminOfController : public Admin {};
CONTRACT_OF(AdminOfController, [](const Abilities& a) { return a.controller && a.is_key_value(); });

TEST_P(AdminOfController, TheNamespaceIsReadyAndOfTheKeyValueCommandSet) {
    const Answer independent = drive().identify(0x08, nvme::kCsiKeyValue);
    EXPECT_EQ(page(independent)[14] & 1, 1) << "NSTAT.NRDY: without it Linux makes no device";
    const Answer answer = drive().identify(0x03, 0);
    const Bytes descriptors = page(answer);
    bool found = false;
    for (size_t at = 0; at + 4 < descriptors.size() && descriptors[at + 1] != 0;
         at += size_t{4} + descriptors[at + 1]) {
        if (descriptors[at] == 4) found = descriptors[at + 4] == nvme::kCsiKeyValue;
    }
    EXPECT_TRUE(found) << "descriptor type 04h";
}

// Empties the drive, so only where that is allowed.
class Formatting : public AdminOfAny {
  protected:
    Answer format(uint32_t cdw10) {
        return drive().admin(kv::admin_command(AdminOpcode::kFormatNvm, drive().nsid(), cdw10));
    }
};
CONTRACT_OF(Formatting,
            [](const Abilities& a) { return a.admin && a.may_format && a.is_key_value(); });

TEST_P(Formatting, RemovesEveryValueAndNothingElse) {
    for (int i = 0; i < 500; i++) store(std::to_string(i), "v");
    set_feature(kv::kFeatureKeyValue, kv::kEdnek);
    ASSERT_THAT(format(0), Says(nvme::kSuccess));
    EXPECT_TRUE(client().list().value().empty());
    EXPECT_EQ(client().info().value().used_bytes, 0u);
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 1u) << "settings stay";
    set_feature(kv::kFeatureKeyValue, 0);
    EXPECT_THAT(store("k", "v"), Says(nvme::kSuccess));
    EXPECT_EQ(names(), std::vector<std::string>{"k"});
}

TEST_P(Formatting, ToAnotherFormatIsRefused) {
    store("k", "v");
    EXPECT_THAT(format(1), IsRefusedWith(nvme::kInvalidFormat));
    EXPECT_THAT(format(0x1000), IsRefusedWith(nvme::kInvalidFormat)) << "index 10h";
    EXPECT_EQ(retrieve("k").data, "v");
}

TEST_P(Formatting, WithABitThatIsNotKnownIsRefused) {
    constexpr uint32_t kUserDataErase = 1u << 9;
    store("k", "v");
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (1u << bit != kUserDataErase) {
            EXPECT_NE(format(1u << bit).status, nvme::kSuccess) << bit;
        }
    }
    EXPECT_EQ(retrieve("k").data, "v");
    EXPECT_THAT(format(kUserDataErase), Says(nvme::kSuccess));
    EXPECT_TRUE(names().empty());
}

class Admin2023 : public AdminOfAny {};
CONTRACT_OF(Admin2023, [](const Abilities& a) { return a.admin && !a.is_key_value(); });

TEST_P(Admin2023, TheBlockNamespaceAnnouncesTheDialect) {
    const Answer answer = drive().identify(0x00, 0);
    const auto extensions = nvme::read_extensions(page(answer));
    ASSERT_TRUE(extensions);
    EXPECT_TRUE(extensions->dialect_2023);
    EXPECT_TRUE(extensions->append && extensions->offset && extensions->select);
    EXPECT_FALSE(extensions->compose || extensions->more || extensions->asynchronous);
    EXPECT_EQ(extensions->formats, 7);
    EXPECT_NE(load_le<uint64_t>(page(answer), 8), 0u) << "NCAP of the blocks";
}

TEST_P(Admin2023, TheFeatureTellsStorageAndQuery) {
    EXPECT_EQ(get_feature(kv::kFeatureKeyValue).dw0, 3u);
    EXPECT_THAT(set_feature(kv::kFeatureKeyValue, 1), IsRefusedWith(nvme::kInvalidField));
}

TEST_P(Admin2023, ThereIsNoKeyValueNamespace) {
    EXPECT_NE(drive().identify(0x05, nvme::kCsiKeyValue).status, 0);
}

}  // namespace csd::contract
