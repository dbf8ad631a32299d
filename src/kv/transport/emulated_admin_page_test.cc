// SPDX-License-Identifier: BSD-3-Clause
//
// Holds the emulated controller to the table of admin commands in docs/command-set.md: every opcode, CNS, log page and
// feature, for each kind of NSID, completes with the status that the page prints.
#include <fstream>
#include <iterator>
#include <optional>
#include <regex>

#include "kv/admin.hpp"
#include "kv/transport/emulated_fixture.hpp"
#include "kv/transport/emulator.hpp"
#include "nvme/identify.hpp"

namespace csd::kv {
namespace {

constexpr size_t kNamespaceKinds = 4;
constexpr std::array<uint32_t, kNamespaceKinds> kNamespaces = {0, 1, 0xFFFFFFFF, 7};

// A field that the row names, or nothing for "others" and "–", which stand for whatever no other row names.
struct Row {
    std::optional<uint8_t> opcode, select, csi;
    std::array<uint16_t, kNamespaceKinds> statuses{};
    bool used = false;
};

std::optional<uint8_t> byte_of(const std::string& text) {
    if (text == "others" || text == "–") return std::nullopt;
    return static_cast<uint8_t>(std::stoul(text, nullptr, 16));
}

std::vector<Row> rows_of_the_page() {
    std::ifstream file(CSD_SOURCE_DIR "/docs/command-set.md");
    EXPECT_TRUE(file.good());
    std::string page{std::istreambuf_iterator<char>(file), {}};
    page.resize(std::min(page.size(),
                         page.find("\n#### In QEMU")));  // its table is tests/qemu/admin_page.py's
    const std::string field = "\\| (\\w\\wh|others|–) ";
    const std::string status = "\\| ([0-9A-F]{4})h ";
    const std::regex line("\n" + field + field + field + "\\| [^|]* " + status + status + status +
                          status + "\\|");
    std::vector<Row> rows;
    for (std::sregex_iterator at(page.begin(), page.end(), line), end; at != end; ++at) {
        Row row{.opcode = byte_of((*at)[1]), .select = byte_of((*at)[2]), .csi = byte_of((*at)[3])};
        for (size_t kind = 0; kind < kNamespaceKinds; kind++) {
            row.statuses[kind] = static_cast<uint16_t>(std::stoul((*at)[4 + kind], nullptr, 16));
        }
        rows.push_back(row);
    }
    return rows;
}

// The row that says most about the command: the opcode counts before the selection, and that before the CSI.
Row* find(std::vector<Row>& rows, uint8_t opcode, uint8_t select, uint8_t csi) {
    Row* best = nullptr;
    int best_score = -1;
    for (Row& row : rows) {
        const auto matches = [](const std::optional<uint8_t>& field, uint8_t value) {
            return !field || *field == value;
        };
        if (!matches(row.opcode, opcode) || !matches(row.select, select) || !matches(row.csi, csi))
            continue;
        const int score = (row.opcode ? 4 : 0) + (row.select ? 2 : 0) + (row.csi ? 1 : 0);
        if (score <= best_score) continue;
        best = &row;
        best_score = score;
    }
    return best;
}

class CommandSetPage : public Emulated {
  protected:
    void SetUp() override {
        Emulated::SetUp();
        auto opened = open_emulator(device(""), {});
        ASSERT_TRUE(opened.ok()) << opened.status().message();
        transport_ = std::move(opened).value();
        rows_ = rows_of_the_page();
        ASSERT_GT(rows_.size(), 25u);
    }
    void TearDown() override {
        transport_.reset();
        Emulated::TearDown();
    }

    void compare(uint8_t opcode, uint8_t select, uint8_t csi) {
        Row* const row = find(rows_, opcode, select, csi);
        ASSERT_NE(row, nullptr) << +opcode << " " << +select;
        row->used = true;
        const bool is_identify = opcode == static_cast<uint8_t>(AdminOpcode::kIdentify);
        for (size_t kind = 0; kind < kNamespaceKinds; kind++) {
            const auto sqe =
                admin_command(static_cast<AdminOpcode>(opcode), kNamespaces[kind], select,
                              is_identify ? static_cast<uint32_t>(csi) << 24 : 0);
            EXPECT_EQ(transport_->admin(sqe, page_).value().status, row->statuses[kind])
                << std::hex << "opcode " << +opcode << " CDW10 " << +select << " CSI " << +csi
                << " NSID " << kNamespaces[kind];
        }
    }

    std::vector<Row> rows_;
    std::unique_ptr<Transport> transport_;
    std::vector<uint8_t> page_ = std::vector<uint8_t>(nvme::kPageBytes);
};

TEST_F(CommandSetPage, TheControllerCompletesEveryAdminCommandAsThePageSays) {
    for (uint32_t opcode = 0; opcode < 256; opcode++) {
        const bool is_listed = std::any_of(rows_.begin(), rows_.end(), [opcode](const Row& row) {
            return row.opcode == static_cast<uint8_t>(opcode);
        });
        for (uint32_t select = 0; select < (is_listed ? 256 : 1); select++) {
            for (const uint8_t csi : {0x00, 0x01, 0x02, 0xFF}) {
                compare(static_cast<uint8_t>(opcode), static_cast<uint8_t>(select), csi);
            }
        }
    }
    for (const Row& row : rows_) {
        EXPECT_TRUE(row.used) << std::hex << +row.opcode.value_or(0xFF) << " "
                              << +row.select.value_or(0xFF) << ": no command is what the row says";
    }
}

TEST_F(CommandSetPage, TheFeatureHasTheValuesOfThePage) {
    const auto get = [this](uint32_t select) {
        return transport_
            ->admin(admin_command(AdminOpcode::kGetFeatures, 1, select << 8 | kFeatureKeyValue), {})
            .value();
    };
    const auto set = [this](uint32_t cdw10, uint32_t value) {
        return transport_
            ->admin(admin_command(AdminOpcode::kSetFeatures, 1, cdw10 | kFeatureKeyValue, value),
                    {})
            .value()
            .status;
    };
    EXPECT_EQ(nvme::kFeatureNotSaveable, set(1u << 31, 1));
    EXPECT_EQ(0u, get(0).dw0);
    EXPECT_EQ(nvme::kSuccess, set(0, 1));
    EXPECT_EQ(1u, get(0).dw0);
    EXPECT_EQ(0u, get(1).dw0) << "default";
    EXPECT_EQ(1u, get(2).dw0) << "what a reset brings back";
    EXPECT_EQ(6u, get(3).dw0) << "capabilities";
    EXPECT_EQ(nvme::kInvalidField, get(4).status);
}

TEST_F(CommandSetPage, AFormatThatIsRefusedRemovesNothing) {
    auto client = Client::over(std::move(transport_), {});
    ASSERT_TRUE(client.ok());
    ASSERT_TRUE(client.value()->store(key("k"), as_bytes("v")).ok());
    auto opened = open_emulator(device(""), {});
    ASSERT_TRUE(opened.ok());
    for (uint32_t bit = 0; bit < 32; bit++) {
        if (bit == 9) continue;  // user data erase, which every format does
        const auto format = admin_command(AdminOpcode::kFormatNvm, 1, 1u << bit);
        EXPECT_NE(nvme::kSuccess, opened.value()->admin(format, {}).value().status) << bit;
    }
    EXPECT_TRUE(client.value()->exists(key("k")).value());
    const auto erase = admin_command(AdminOpcode::kFormatNvm, 0xFFFFFFFF, 1u << 9);
    EXPECT_EQ(nvme::kSuccess, opened.value()->admin(erase, {}).value().status);
    EXPECT_FALSE(client.value()->exists(key("k")).value());
}

}  // namespace
}  // namespace csd::kv
