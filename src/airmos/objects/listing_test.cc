// SPDX-License-Identifier: BSD-3-Clause
//
// Names in order and pages of them, against a std::map that scans. Also pins, which are as small.
#include "airmos/objects/listing.hpp"

#include <gtest/gtest.h>

#include <map>
#include <random>

#include "airmos/objects/pins.hpp"

namespace csd::airmos::objects {
namespace {

using Plain = std::map<std::string, uint64_t>;

Entry entry_of(const std::string& name, uint64_t size) {
    return {.name = name,
            .etag = "e",
            .data = {},
            .size = size,
            .modified = 1,
            .version = 0,
            .place = 0,
            .algorithms = 2};
}

std::string random_name(std::mt19937_64& random) {
    static const std::string kLetters = "ab/\xFF";
    std::string name;
    for (size_t i = random() % 8 + 1; i > 0; i--) name += kLetters[random() % kLetters.size()];
    return name;
}

// What a page must be, found the slow way.
ListPage expected_page(const Plain& names, const ListQuery& query) {
    ListPage page;
    for (const auto& [name, size] : names) {
        if (!name.starts_with(query.prefix) || name <= query.after) continue;
        if (query.after_prefix && name.starts_with(query.after)) continue;
        const size_t at = query.delimiter.empty() ? std::string::npos
                                                  : name.find(query.delimiter, query.prefix.size());
        const bool shared = at != std::string::npos;
        const std::string shown = shared ? name.substr(0, at + query.delimiter.size()) : name;
        if (shared && !page.common_prefixes.empty() && page.common_prefixes.back() == shown)
            continue;
        if (page.objects.size() + page.common_prefixes.size() == query.limit) {
            page.truncated = query.limit > 0;
            return page;
        }
        page.next = shown;
        page.next_is_prefix = shared;
        if (shared) {
            page.common_prefixes.push_back(shown);
        } else {
            page.objects.push_back({shown, size, 1, "e", {"CRC32C"}});
        }
    }
    return page;
}

void expect_same(const ListPage& expected, const ListPage& page) {
    ASSERT_EQ(expected.objects.size(), page.objects.size());
    for (size_t i = 0; i < page.objects.size(); i++) {
        EXPECT_EQ(expected.objects[i].name, page.objects[i].name);
        EXPECT_EQ(expected.objects[i].size, page.objects[i].size);
        EXPECT_EQ(expected.objects[i].checksum_algorithms, page.objects[i].checksum_algorithms);
    }
    EXPECT_EQ(expected.common_prefixes, page.common_prefixes);
    EXPECT_EQ(expected.truncated, page.truncated);
    EXPECT_EQ(expected.next, page.next);
    EXPECT_EQ(expected.next_is_prefix, page.next_is_prefix);
}

TEST(NameIndex, IsAsAMap) {
    std::mt19937_64 random(7);
    NameIndex index;
    Plain plain;
    for (int i = 0; i < 20'000; i++) {
        const std::string name = random_name(random);
        if (random() % 3 == 0) {
            EXPECT_EQ(plain.erase(name) > 0, index.erase(name));
        } else {
            plain[name] = random();
            index.put(entry_of(name, plain[name]));
        }
        ASSERT_EQ(plain.size(), index.size());
        const std::string asked = random_name(random);
        const auto found = index.find(asked);
        ASSERT_EQ(plain.contains(asked), found.has_value());
        ASSERT_EQ(found ? found->size : 0, found ? plain[asked] : 0);
    }
    auto at = index.seek("");
    for (const auto& [name, size] : plain) {
        ASSERT_FALSE(at.at_end());
        EXPECT_EQ(name, at.name());
        at.next();
    }
    EXPECT_TRUE(at.at_end());
    for (const auto& [name, size] : plain) EXPECT_TRUE(index.erase(name));
    EXPECT_TRUE(index.seek("").at_end());
}

TEST(Listing, PagesAreWhatAScanFinds) {
    std::mt19937_64 random(11);
    NameIndex index;
    Plain plain;
    for (int i = 0; i < 3000; i++) {
        const std::string name = random_name(random);
        plain[name] = static_cast<uint64_t>(i);
        index.put(entry_of(name, plain[name]));
    }
    for (int i = 0; i < 2000; i++) {
        ListQuery query;
        if (random() % 2 == 0) query.prefix = random_name(random).substr(0, random() % 4);
        if (random() % 3 != 0) query.delimiter = random() % 4 == 0 ? "b/" : "/";
        if (random() % 2 == 0) query.after = random_name(random);
        query.after_prefix = random() % 4 == 0 && !query.after.empty();
        query.limit = static_cast<uint32_t>(random() % 20);
        SCOPED_TRACE(query.prefix + "|" + query.delimiter + "|" + query.after);
        expect_same(expected_page(plain, query), list_page(index, query));
    }
}

TEST(Listing, PagesFollowEachOther) {
    std::mt19937_64 random(13);
    NameIndex index;
    Plain plain;
    for (int i = 0; i < 500; i++) {
        const std::string name = random_name(random);
        plain[name] = 1;
        index.put(entry_of(name, 1));
    }
    for (const std::string delimiter : {"", "/"}) {
        ListQuery query{
            .prefix = "", .delimiter = delimiter, .after = "", .after_prefix = false, .limit = 3};
        std::vector<std::string> shown;
        for (;;) {
            const ListPage page = list_page(index, query);
            for (const auto& object : page.objects) shown.push_back(object.name);
            for (const auto& prefix : page.common_prefixes) shown.push_back(prefix);
            if (!page.truncated) break;
            query.after = page.next;
            query.after_prefix = page.next_is_prefix;
        }
        query = {.prefix = "",
                 .delimiter = delimiter,
                 .after = "",
                 .after_prefix = false,
                 .limit = 100'000};
        const ListPage all = expected_page(plain, query);
        EXPECT_EQ(all.objects.size() + all.common_prefixes.size(), shown.size());
    }
}

TEST(Listing, AfterAllOfAPrefix) {
    EXPECT_EQ("b", after_all_of("a"));
    EXPECT_EQ("b", after_all_of("a\xFF\xFF"));
    EXPECT_FALSE(after_all_of("\xFF").has_value());
    EXPECT_FALSE(after_all_of("").has_value());
}

TEST(Pins, TheLastReaderFreesWhatIsDoomed) {
    Pins pins;
    DataId id;
    EXPECT_TRUE(pins.may_free(id));
    pins.pin(id);
    pins.pin(id);
    EXPECT_FALSE(pins.may_free(id));
    EXPECT_FALSE(pins.unpin(id));
    EXPECT_TRUE(pins.unpin(id));
    pins.pin(id);
    EXPECT_FALSE(pins.unpin(id)) << "nobody gave it up";
}

}  // namespace
}  // namespace csd::airmos::objects
