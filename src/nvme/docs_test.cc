// SPDX-License-Identifier: BSD-3-Clause
//
// Holds docs/command-set.md to the golden vectors. A fenced block "```sqe NAME [STATUS]" or "```data NAME" prints
// exactly the golden bytes of that name, every golden vector is printed, "```sh NAME" is an nvme-cli line
// that makes the entry of that name, and the table of statuses is what status_name() says.
#include <gtest/gtest.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <map>
#include <regex>
#include <set>
#include <sstream>

#include "nvme/golden_vectors.hpp"
#include "nvme/query_reason.hpp"

namespace csd::nvme {
namespace {

struct Block {
    std::string kind;  // sqe, data or sh
    std::string name;
    std::string status;  // hexadecimal, or empty
    std::string text;
};

std::string text_of(const std::string& path) {
    std::ifstream file(path);
    EXPECT_TRUE(file.good()) << path;
    return {std::istreambuf_iterator<char>(file), {}};
}

std::string page_text() {
    return text_of(CSD_SOURCE_DIR "/docs/command-set.md");
}

// Every constant of status.hpp, from its text.
std::set<uint16_t> statuses_of_the_drive() {
    const std::string header = text_of(CSD_SOURCE_DIR "/src/nvme/status.hpp");
    const std::regex line("uint16_t k\\w+ = make_status\\((\\w+), (0x\\w\\w)(, false)?\\)");
    const std::map<std::string, uint8_t> types = {{"kSctGeneric", kSctGeneric},
                                                  {"kSctCommandSpecific", kSctCommandSpecific},
                                                  {"kSctVendor", kSctVendor}};
    std::set<uint16_t> statuses = {kSuccess};
    for (std::sregex_iterator at(header.begin(), header.end(), line), end; at != end; ++at) {
        const auto sc = static_cast<uint8_t>(std::stoul((*at)[2], nullptr, 16));
        statuses.insert(make_status(types.at((*at)[1]), sc, !(*at)[3].matched));
    }
    EXPECT_GT(statuses.size(), 20u);
    return statuses;
}

// The named fenced blocks; others are prose.
std::vector<Block> blocks() {
    std::vector<Block> blocks;
    std::istringstream page(page_text());
    bool inside = false;
    Block block;
    for (std::string line; std::getline(page, line);) {
        if (line.starts_with("```")) {
            if (inside && !block.name.empty()) blocks.push_back(block);
            inside = !inside;
            block = {};
            std::istringstream(line.substr(3)) >> block.kind >> block.name >> block.status;
        } else if (inside) {
            block.text += line + '\n';
        }
    }
    return blocks;
}

std::string_view without_first_newline(std::string_view text) {
    return text.substr(text.find('0'));
}

std::map<std::string_view, golden::Entry> entries_by_name() {
    std::map<std::string_view, golden::Entry> entries;
    for (const golden::Entry& entry : golden::entries()) {
        EXPECT_TRUE(entries.emplace(entry.name, entry).second) << entry.name << " twice";
    }
    return entries;
}

// The dwords that a command line sets, by the option's name.
Sqe entry_of_command_line(const std::string& line) {
    Sqe sqe;
    const auto number = [&line](const std::string& option) -> uint32_t {
        std::smatch match;
        if (!std::regex_search(line, match, std::regex("--" + option + "=(\\w+)"))) return 0;
        return static_cast<uint32_t>(std::stoul(match[1], nullptr, 0));
    };
    sqe.bytes[0] = static_cast<uint8_t>(number("opcode"));
    sqe.set_dword(1, number("namespace-id"));
    for (size_t dword : {2, 3, 10, 11, 12, 13, 14, 15}) {
        sqe.set_dword(dword, number("cdw" + std::to_string(dword)));
    }
    return sqe;
}

TEST(CommandSetPage, PrintsTheGoldenEntriesAndTheirStatuses) {
    const auto entries = entries_by_name();
    std::set<std::string> printed;
    for (const Block& block : blocks()) {
        if (block.kind != "sqe") continue;
        SCOPED_TRACE(block.name);
        ASSERT_TRUE(entries.contains(block.name));
        const golden::Entry& entry = entries.at(block.name);
        EXPECT_EQ(block.text, without_first_newline(entry.text));
        const uint32_t status = block.status.empty() ? 0 : std::stoul(block.status, nullptr, 16);
        EXPECT_EQ(status, entry.status);
        printed.insert(block.name);
    }
    EXPECT_EQ(printed.size(), entries.size()) << "a golden entry is not on the page";
}

TEST(CommandSetPage, PrintsTheGoldenData) {
    std::set<std::string> printed;
    for (const Block& block : blocks()) {
        if (block.kind != "data") continue;
        SCOPED_TRACE(block.name);
        EXPECT_EQ(block.text, without_first_newline(golden::data(block.name).dump.text));
        printed.insert(block.name);
    }
    EXPECT_EQ(printed.size(), golden::data().size()) << "golden data is not on the page";
}

TEST(CommandSetPage, CommandLinesMakeTheEntriesAboveThem) {
    const auto entries = entries_by_name();
    std::set<std::string> shown;
    for (const Block& block : blocks()) {
        if (block.kind != "sh") continue;
        SCOPED_TRACE(block.name);
        ASSERT_TRUE(entries.contains(block.name));
        const golden::Entry& entry = entries.at(block.name);
        EXPECT_EQ(entry_of_command_line(block.text).bytes, entry.sqe().bytes);
        const Decoded decoded = decode(entry.sqe(), golden::rules(entry.dialect));
        const auto says = [&block](const std::string& word) {
            return block.text.find(word) != std::string::npos;
        };
        EXPECT_EQ(says("--write"), decoded.direction == Direction::kHostToDrive);
        EXPECT_EQ(says("--read"), decoded.direction == Direction::kDriveToHost);
        EXPECT_EQ(says("--data-len=" + std::to_string(decoded.data_bytes)),
                  decoded.data_bytes != 0);
        shown.insert(block.name);
    }
    for (const auto& [name, entry] : entries) {
        EXPECT_EQ(shown.contains(std::string(name)), entry.status == kSuccess) << name;
    }
}

// Rows such as "| 4087h | 0h, 87h | KV Key Does Not Exist |".
TEST(CommandSetPage, NamesEveryStatusAsTheProgramsDo) {
    const std::string page = page_text();
    const std::regex row("\\| ([0-9A-F]{4})h \\| (\\w)h, (\\w\\w)h \\| ([^|]+) \\|");
    std::set<uint32_t> named;
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at) {
        const std::smatch& match = *at;
        const auto status = static_cast<uint16_t>(std::stoul(match[1], nullptr, 16));
        EXPECT_EQ(status_name(status),
                  match.str(4) + " (SCT " + match.str(2) + "h, SC " + match.str(3) + "h)");
        named.insert(status);
    }
    for (const uint16_t status : statuses_of_the_drive()) {
        EXPECT_TRUE(named.contains(status)) << status_name(status);
    }
}

// So that the list above is whole: what the drive's programs return has a name in status.hpp.
TEST(CommandSetPage, NoFileOfTheDriveMakesAStatusOfItsOwn) {
    size_t files = 0;
    for (const char* folder : {"src/device", "spdk/module/bdev/csd", "src/kv/transport"}) {
        const std::string root = std::string(CSD_SOURCE_DIR) + "/" + folder;
        for (const auto& file : std::filesystem::recursive_directory_iterator(root)) {
            const std::string name = file.path().filename().string();
            const bool is_host =
                std::string_view(folder) == "src/kv/transport" && !name.starts_with("emula");
            if (!file.is_regular_file() || is_host || name.find("_test.") != name.npos) continue;
            EXPECT_EQ(text_of(file.path().string()).find("make_status("), std::string::npos)
                << file.path();
            files++;
        }
    }
    EXPECT_GT(files, 50u);
}

// Rows such as "| 87h KV Key Does Not Exist | when |" of the tables of single commands.
TEST(CommandSetPage, CommandsNameTheirStatusesAsTheTableOfAllDoes) {
    const std::string page = page_text();
    const std::regex row("\n\\| (?:SCT (\\w)h SC )?([0-9A-F]{2})h ([A-Z][^|]+) \\|");
    size_t rows = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), row), end; at != end; ++at, ++rows) {
        const auto sct = static_cast<uint8_t>((*at)[1].matched ? std::stoul((*at)[1]) : 0);
        const auto sc = static_cast<uint8_t>(std::stoul((*at)[2], nullptr, 16));
        const std::string name = status_name(make_status(sct, sc));
        // A section about queries leaves out their SCT.
        const std::string of_query = status_name(make_status(kSctVendor, sc));
        const std::string said = (*at)[3];
        EXPECT_TRUE(name.starts_with(said) || of_query.starts_with(said)) << (*at).str();
    }
    EXPECT_GT(rows, 40u);
}

// Rows such as "| 0301h | column-unknown | column | there is no such column |".
TEST(CommandSetPage, ListsEveryReasonCode) {
    const std::string page = page_text();
    const size_t begin = page.find("\n### Reason codes\n");
    ASSERT_NE(begin, page.npos);
    const std::string section = page.substr(begin, page.find("\n## ", begin) - begin);
    const std::regex row("\\| ([0-9A-F]{4})h \\| ([a-z0-9-]+) \\|");
    std::set<uint32_t> listed;
    for (std::sregex_iterator at(section.begin(), section.end(), row), end; at != end; ++at) {
        const uint32_t code = std::stoul((*at)[1], nullptr, 16);
        EXPECT_EQ((*at).str(2), reason_name(static_cast<ReasonCode>(code)));
        EXPECT_TRUE(listed.insert(code).second) << code;
    }
    for (uint32_t code = 0; code <= UINT16_MAX; code++) {
        const bool known = code == 0 || reason_name(static_cast<ReasonCode>(code)) != "unknown";
        EXPECT_EQ(listed.contains(code), known) << code;
    }
}

TEST(CommandSetPage, LinksLeadToItsOwnHeadings) {
    const std::string page = page_text();
    std::set<std::string> anchors;
    const std::regex heading("\n#+ ([^\n]+)");
    for (std::sregex_iterator at(page.begin(), page.end(), heading), end; at != end; ++at) {
        std::string anchor;
        for (const char letter : (*at).str(1)) {
            if (std::isalnum(static_cast<unsigned char>(letter)))
                anchor += static_cast<char>(std::tolower(letter));
            if (letter == ' ' || letter == '-') anchor += '-';
        }
        anchors.insert(anchor);
    }
    const std::regex link("\\]\\(#([^)]+)\\)");
    size_t links = 0;
    for (std::sregex_iterator at(page.begin(), page.end(), link), end; at != end; ++at, ++links) {
        EXPECT_TRUE(anchors.contains((*at).str(1))) << (*at).str(1);
    }
    EXPECT_GT(links, 20u);
}

}  // namespace
}  // namespace csd::nvme
