// SPDX-License-Identifier: BSD-3-Clause
// Tested by key_tree_test.cc.
#include "device/store/key_tree.hpp"

#include <endian.h>

#include <algorithm>
#include <array>
#include <cassert>
#include <cstring>

namespace csd::store {

static constexpr size_t kLeafRecords = 64;
static constexpr size_t kInnerChildren = 64;

struct KeyTree::Node {
    explicit Node(bool leaf) : is_leaf(leaf) {}
    const bool is_leaf;
    uint16_t used = 0;
};

// The first eight bytes of a key, as a number of the same order. Equal ones say nothing.
static uint64_t prefix_of(const Key& key) {
    uint64_t prefix;
    std::memcpy(&prefix, key.data(), sizeof prefix);
    return be64toh(prefix);
}

// How many of the first `used` numbers, which ascend, are less than `prefix`. Without branches to mispredict.
static size_t count_less(const uint64_t* prefixes, size_t used, uint64_t prefix) {
    for (size_t at = 0; at < used; at += 8) __builtin_prefetch(prefixes + at);
    size_t at = 0;
    for (size_t n = used; n > 0;) {
        const size_t half = n / 2;
        const bool right = prefixes[at + half] < prefix;
        at = right ? at + half + 1 : at;
        n = right ? n - half - 1 : half;
    }
    return at;
}

// Where the keys are that begin as one with `prefix` does.
struct Range {
    size_t begin;
    size_t end;
};
static Range range_of(const uint64_t* prefixes, size_t used, uint64_t prefix) {
    const size_t begin = count_less(prefixes, used, prefix);
    const bool any = begin < used && prefixes[begin] == prefix;
    const bool last = prefix == UINT64_MAX;
    return {begin, !any ? begin : last ? used : count_less(prefixes, used, prefix + 1)};
}

struct KeyTree::Leaf : Node {
    Leaf() : Node(true) {}
    // Beside the records, so that a search stays within a few cache lines and touches one record.
    std::array<uint64_t, kLeafRecords> prefixes;
    std::array<Record, kLeafRecords> records;

    // The first position whose key is not less than `key`.
    size_t position(const Key& key) const {
        const Range alike = range_of(prefixes.data(), used, prefix_of(key));
        const auto at =
            std::lower_bound(records.begin() + alike.begin, records.begin() + alike.end, key,
                             [](const Record& record, const Key& k) { return record.key < k; });
        return static_cast<size_t>(at - records.begin());
    }
    void put(size_t at, const Record& record) {
        prefixes[at] = prefix_of(record.key);
        records[at] = record;
    }
    // Moves the records of [from, from + n) of `other` to `to` in this one.
    void take(Leaf& other, size_t from, size_t n, size_t to) {
        std::memmove(prefixes.data() + to, other.prefixes.data() + from, n * sizeof prefixes[0]);
        std::memmove(static_cast<void*>(records.data() + to), other.records.data() + from,
                     n * sizeof records[0]);
    }
};

struct KeyTree::Inner : Node {
    Inner() : Node(false) {}
    std::array<uint64_t, kInnerChildren> prefixes;  // of low
    std::array<Key, kInnerChildren>
        low;  // no key below child i is less than low[i], except for i = 0
    std::array<uint64_t, kInnerChildren> count{};
    std::array<NodePtr, kInnerChildren> child;

    // The child below which `key` is, or belongs.
    size_t position(const Key& key) const {
        // low[0] takes no part: what is less than it lies below child 0 too, and may split off to its right.
        const Range alike = range_of(prefixes.data() + 1, used - 1u, prefix_of(key));
        const auto after =
            std::upper_bound(low.begin() + 1 + alike.begin, low.begin() + 1 + alike.end, key);
        return static_cast<size_t>(after - low.begin()) - 1;
    }
    void insert_child(size_t at, const Key& key, uint64_t records, NodePtr node) {
        assert(used < kInnerChildren && "a full node is split before it takes a child");
        std::move_backward(low.begin() + at, low.begin() + used, low.begin() + used + 1);
        std::move_backward(prefixes.begin() + at, prefixes.begin() + used,
                           prefixes.begin() + used + 1);
        std::move_backward(count.begin() + at, count.begin() + used, count.begin() + used + 1);
        std::move_backward(child.begin() + at, child.begin() + used, child.begin() + used + 1);
        low[at] = key;
        prefixes[at] = prefix_of(key);
        count[at] = records;
        child[at] = std::move(node);
        used++;
    }
    void remove_child(size_t at) {
        std::move(low.begin() + at + 1, low.begin() + used, low.begin() + at);
        std::move(prefixes.begin() + at + 1, prefixes.begin() + used, prefixes.begin() + at);
        std::move(count.begin() + at + 1, count.begin() + used, count.begin() + at);
        std::move(child.begin() + at + 1, child.begin() + used, child.begin() + at);
        used--;
        child[used].reset();
    }
    uint64_t total() const {
        uint64_t sum = 0;
        for (size_t i = 0; i < used; i++) sum += count[i];
        return sum;
    }
};

// What a node that had to split hands to its parent: the new right half.
struct KeyTree::Split {
    NodePtr right;
    Key low;
    uint64_t count = 0;
};

void KeyTree::Delete::operator()(Node* node) const {
    if (node->is_leaf) {
        std::default_delete<Leaf>()(static_cast<Leaf*>(node));
    } else {
        std::default_delete<Inner>()(static_cast<Inner*>(node));
    }
}

KeyTree::NodePtr KeyTree::make_leaf() {
    return NodePtr(std::make_unique<Leaf>().release());
}
KeyTree::NodePtr KeyTree::make_inner() {
    return NodePtr(std::make_unique<Inner>().release());
}

KeyTree::KeyTree() : root_(make_leaf()) {}
KeyTree::KeyTree(KeyTree&&) noexcept = default;
KeyTree& KeyTree::operator=(KeyTree&&) noexcept = default;
KeyTree::~KeyTree() = default;

KeyTree KeyTree::from_sorted(const std::vector<Record>& records) {
    // Leaves are left one eighth empty, so that the first stores do not split every one of them.
    constexpr size_t kFill = kLeafRecords - kLeafRecords / 8;
    std::vector<Split> level;
    for (size_t at = 0; at < records.size(); at += kFill) {
        const size_t n = std::min(kFill, records.size() - at);
        NodePtr node = make_leaf();
        auto& leaf = static_cast<Leaf&>(*node);
        for (size_t i = 0; i < n; i++) leaf.put(i, records[at + i]);
        leaf.used = static_cast<uint16_t>(n);
        level.push_back({std::move(node), records[at].key, n});
    }
    while (level.size() > 1) {
        std::vector<Split> above;
        for (size_t at = 0; at < level.size(); at += kFill) {
            NodePtr node = make_inner();
            auto& inner = static_cast<Inner&>(*node);
            for (size_t i = at; i < std::min(at + kFill, level.size()); i++) {
                inner.insert_child(inner.used, level[i].low, level[i].count,
                                   std::move(level[i].right));
            }
            const uint64_t total = inner.total();
            above.push_back({std::move(node), level[at].low, total});
        }
        level = std::move(above);
    }
    KeyTree tree;
    if (!level.empty()) tree.root_ = std::move(level[0].right);
    tree.size_ = records.size();
    return tree;
}

const Record* KeyTree::find(const Key& key) const {
    const Node* node = root_.get();
    while (!node->is_leaf) {
        const auto& inner = static_cast<const Inner&>(*node);
        node = inner.child[inner.position(key)].get();
    }
    const auto& leaf = static_cast<const Leaf&>(*node);
    const size_t at = leaf.position(key);
    return at < leaf.used && leaf.records[at].key == key ? &leaf.records[at] : nullptr;
}

Record& KeyTree::insert(const Key& key, bool* created) {
    Split split;
    Record& record = insert_below(*root_, key, created, &split);
    if (split.right != nullptr) {
        NodePtr root = make_inner();
        auto& inner = static_cast<Inner&>(*root);
        inner.insert_child(0, Key(), size_ + 1 - split.count, std::move(root_));
        inner.insert_child(1, split.low, split.count, std::move(split.right));
        root_ = std::move(root);
    }
    if (*created) size_++;
    return record;
}

Record& KeyTree::insert_below(Node& node, const Key& key, bool* created, Split* split) {
    if (node.is_leaf) {
        auto* leaf = &static_cast<Leaf&>(node);
        size_t at = leaf->position(key);
        *created = at == leaf->used || leaf->records[at].key != key;
        if (!*created) return leaf->records[at];
        if (leaf->used == kLeafRecords) {
            // Keys that arrive in order leave full leaves behind instead of halves.
            const size_t keep = at == kLeafRecords ? kLeafRecords : kLeafRecords / 2;
            split->right = make_leaf();
            auto* right = &static_cast<Leaf&>(*split->right);
            right->take(*leaf, keep, kLeafRecords - keep, 0);
            right->used = static_cast<uint16_t>(kLeafRecords - keep);
            leaf->used = static_cast<uint16_t>(keep);
            if (at > keep || right->used == 0) {
                leaf = right;
                at -= keep;
            }
        }
        leaf->take(*leaf, at, leaf->used - at, at + 1);
        leaf->used++;
        Record fresh;
        fresh.key = key;
        leaf->put(at, fresh);
        if (split->right != nullptr) {
            const auto& right = static_cast<const Leaf&>(*split->right);
            split->low = right.records[0].key;
            split->count = right.used;
        }
        return leaf->records[at];
    }
    auto* inner = &static_cast<Inner&>(node);
    size_t at = inner->position(key);
    Split below;
    Record& record = insert_below(*inner->child[at], key, created, &below);
    if (*created) inner->count[at]++;
    if (below.right == nullptr) return record;
    inner->count[at] -= below.count;
    if (inner->used == kInnerChildren) {
        const size_t keep =
            at + 1 == kInnerChildren ? kInnerChildren - 1 : static_cast<size_t>(kInnerChildren / 2);
        split->right = make_inner();
        auto* right = &static_cast<Inner&>(*split->right);
        for (size_t i = keep; i < kInnerChildren; i++) {
            right->insert_child(right->used, inner->low[i], inner->count[i],
                                std::move(inner->child[i]));
        }
        inner->used = static_cast<uint16_t>(keep);
        if (at >= keep) {
            inner = right;
            at -= keep;
        }
    }
    inner->insert_child(at + 1, below.low, below.count, std::move(below.right));
    if (split->right != nullptr) {
        const auto& right = static_cast<const Inner&>(*split->right);
        split->low = right.low[0];
        split->count = right.total();
    }
    return record;
}

bool KeyTree::erase(const Key& key) {
    if (!erase_below(*root_, key)) return false;
    size_--;
    while (!root_->is_leaf && root_->used == 1) {
        NodePtr only = std::move(static_cast<Inner&>(*root_).child[0]);
        root_ = std::move(only);
    }
    return true;
}

bool KeyTree::erase_below(Node& node, const Key& key) {
    if (node.is_leaf) {
        auto& leaf = static_cast<Leaf&>(node);
        const size_t at = leaf.position(key);
        if (at == leaf.used || leaf.records[at].key != key) return false;
        leaf.take(leaf, at + 1, leaf.used - at - 1, at);
        leaf.used--;
        return true;
    }
    auto& inner = static_cast<Inner&>(node);
    const size_t at = inner.position(key);
    if (!erase_below(*inner.child[at], key)) return false;
    inner.count[at]--;
    if (inner.child[at]->used < kLeafRecords / 4) mend(inner, at);
    return true;
}

// Joins a child that has become small with its neighbour when the two fit into one with room to spare.
void KeyTree::mend(Inner& parent, size_t child) {
    if (parent.used < 2) return;
    const size_t left_at = child > 0 ? child - 1 : 0;
    Node& left = *parent.child[left_at];
    Node& right = *parent.child[left_at + 1];
    if (left.used + right.used > kLeafRecords * 3 / 4) return;
    if (left.is_leaf) {
        auto& to = static_cast<Leaf&>(left);
        auto& from = static_cast<Leaf&>(right);
        to.take(from, 0, from.used, to.used);
        to.used = static_cast<uint16_t>(to.used + from.used);
    } else {
        auto& to = static_cast<Inner&>(left);
        auto& from = static_cast<Inner&>(right);
        // The bound of the first child is only known here, in the parent.
        from.low[0] = parent.low[left_at + 1];
        for (size_t i = 0; i < from.used; i++) {
            to.insert_child(to.used, from.low[i], from.count[i], std::move(from.child[i]));
        }
    }
    parent.count[left_at] += parent.count[left_at + 1];
    parent.remove_child(left_at + 1);
}

uint64_t KeyTree::count_from(const Key& start) const {
    uint64_t count = 0;
    const Node* node = root_.get();
    while (!node->is_leaf) {
        const auto& inner = static_cast<const Inner&>(*node);
        const size_t at = inner.position(start);
        for (size_t i = at + 1; i < inner.used; i++) count += inner.count[i];
        node = inner.child[at].get();
    }
    const auto& leaf = static_cast<const Leaf&>(*node);
    return count + leaf.used - leaf.position(start);
}

void KeyTree::visit_from(const Key& start, const std::function<bool(const Record&)>& visit) const {
    visit_below(*root_, start, visit);
}

bool KeyTree::visit_below(const Node& node, const Key& start,
                          const std::function<bool(const Record&)>& visit) {
    if (node.is_leaf) {
        const auto& leaf = static_cast<const Leaf&>(node);
        for (size_t i = leaf.position(start); i < leaf.used; i++) {
            if (!visit(leaf.records[i])) return false;
        }
        return true;
    }
    const auto& inner = static_cast<const Inner&>(node);
    for (size_t i = inner.position(start); i < inner.used; i++) {
        if (!visit_below(*inner.child[i], start, visit)) return false;
    }
    return true;
}

}  // namespace csd::store
