// SPDX-License-Identifier: BSD-3-Clause
//
// KeyTree: records in the order of their keys, with ranks.
//
// A B+-tree whose inner nodes count the records below each child, so that "how many keys are at or after
// this one" costs one descent. A leaf holds up to 64 records of 48 bytes; filled in random order it costs
// about 75 bytes a key, and less when built from a sorted directory.
//
// Threads: none of its own; Index guards it. Tested by key_tree_test.cc against std::map.
#pragma once

#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "device/store/record.hpp"

namespace csd::store {

class KeyTree {
  public:
    KeyTree();
    KeyTree(KeyTree&&) noexcept;
    KeyTree& operator=(KeyTree&&) noexcept;
    ~KeyTree();

    // Builds the tree from records in strictly ascending order of keys.
    static KeyTree from_sorted(const std::vector<Record>& records);

    const Record* find(const Key& key) const;
    // The record of that key, made if absent; then `created` is true. Valid until the next change.
    Record& insert(const Key& key, bool* created);
    bool erase(const Key& key);
    uint64_t size() const { return size_; }
    // How many keys are not less than `start`.
    uint64_t count_from(const Key& start) const;
    // Visits records with key >= start in order until visit returns false.
    void visit_from(const Key& start, const std::function<bool(const Record&)>& visit) const;

  private:
    struct Node;
    struct Leaf;
    struct Inner;
    struct Delete {
        void operator()(Node* node) const;
    };
    using NodePtr = std::unique_ptr<Node, Delete>;
    struct Split;

    static NodePtr make_leaf();
    static NodePtr make_inner();
    static Record& insert_below(Node& node, const Key& key, bool* created, Split* split);
    static bool erase_below(Node& node, const Key& key);
    static void mend(Inner& parent, size_t child);
    static bool visit_below(const Node& node, const Key& start,
                            const std::function<bool(const Record&)>& visit);

    NodePtr root_;
    uint64_t size_ = 0;
};

}  // namespace csd::store
