#include <optional>
#include <span>
#include <string>

#include "base/escape.h"
#include "commands/families.h"
#include "commands/hyperloglog_self_test.h"
#include "engine/call.h"
#include "structures/hyperloglog.h"
#include "values/string.h"

namespace pongo {
namespace {

using Outcome = HyperLogLogEditor::Outcome;

constexpr std::string_view kNoHyperLogLog = "WRONGTYPE Key is not a valid HyperLogLog string value.";
constexpr std::string_view kCorrupt = "INVALIDOBJ Corrupted HLL object detected";

// A string seen as a HyperLogLog, if it can be one: the text of an integer cannot.
class Sketch {
  public:
    static constexpr Type kType = Type::String;

    explicit Sketch(const Payload& payload) : encoding_(payload.encoding) {
        if (payload.storage != Storage::Integer) value_ = HyperLogLog::of(String(payload).view());
    }
    const std::optional<HyperLogLog>& value() const { return value_; }
    Encoding encoding() const { return encoding_; }

  private:
    Encoding encoding_;
    std::optional<HyperLogLog> value_;
};

// The key's value, if it is there; fails the call if it is something else.
std::optional<HyperLogLog> find_hyperloglog(Call& call, std::string_view key) {
    const auto sketch = call.find<Sketch>(key);
    if (!sketch) return std::nullopt;
    if (!sketch->value()) call.fail(kNoHyperLogLog);
    return sketch->value();
}

Writable<Sketch> find_hyperloglog_for_write(Call& call, std::string_view key) {
    auto entry = call.find_for_write<Sketch>(key);
    if (entry && !entry.value().value()) call.fail(kNoHyperLogLog);
    return entry;
}

HyperLogLogEditor edit(Call& call, ByteStore& store) {
    return {store, static_cast<std::size_t>(call.settings().hll_sparse_max_bytes.get())};
}

// What Redis does to a string that it may be going to change: from now on its encoding is "raw".
void make_raw(WriteEntry& entry) {
    if (entry->encoding() != Encoding::Raw) entry.raw_bytes(String(entry->payload()).size());
}

// Adds the elements; how many of them changed something, or nullopt if the registers are corrupt.
std::optional<std::uint64_t> add_all(HyperLogLogEditor editor, std::span<const std::string_view> elements) {
    std::uint64_t changes = 0;
    for (const std::string_view element : elements) {
        const Outcome outcome = editor.add(element);
        if (outcome == Outcome::Corrupt) return std::nullopt;
        if (outcome == Outcome::Changed) ++changes;
    }
    return changes;
}

void pfadd(Call& call) {
    auto entry = find_hyperloglog_for_write(call, call.arg(1));
    if (call.failed()) return;

    const bool created = !entry;
    if (created) call.keys().put(entry, String::encode_raw(HyperLogLog::empty_bytes()), std::nullopt);
    make_raw(entry);
    HeldString held(entry);
    HyperLogLogEditor editor = edit(call, held);
    // Some elements may find their registers though others don't.
    const auto elements = call.args().subspan(2);
    std::optional<std::string> before;
    if (elements.size() > 1 && !editor.value().valid()) before = held.view();
    const auto changes = add_all(editor, elements);
    if (!changes) {
        if (before) entry.set_value(String::encode_raw(*before));
        return call.fail(kCorrupt);
    }
    const bool changed = created || *changes > 0;
    if (changed) {
        editor.forget_estimate();
        entry.changed("pfadd", EventClass::String, *changes + (created ? 1 : 0));
    }

    call.reply().integer(changed ? 1 : 0);
}

// Raises the registers to those of all the keys' values; fails the call where one is none. Whether any of
// them is dense.
bool raise_to_keys(Call& call, HyperLogLogArray& registers) {
    bool any_dense = false;
    for (const std::string_view key : call.args().subspan(1)) {
        const auto value = find_hyperloglog(call, key);
        if (value && !value->raise(registers)) call.fail(kCorrupt);
        if (call.failed()) break;
        if (value && !value->is_sparse()) any_dense = true;
    }
    return any_dense;
}

void count_several(Call& call) {
    HyperLogLogArray registers = {};
    raise_to_keys(call, registers);
    if (!call.failed()) call.reply().integer(static_cast<std::int64_t>(estimate(registers)));
}

void remember_estimate(Call& call, WriteEntry& entry, std::uint64_t estimate) {
    HeldString held(entry);
    edit(call, held).remember_estimate(estimate);
    entry.changed_silently();
}

void pfcount(Call& call) {
    if (call.argc() > 2) return count_several(call);
    const auto sketch = call.find<Sketch>(call.arg(1));
    if (call.failed()) return;
    if (!sketch) return call.reply().integer(0);
    const auto& value = sketch->value();
    if (!value) return call.fail(kNoHyperLogLog);
    const auto known = value->known_estimate();
    const auto estimate = known ? known : value->estimate();

    // The estimate is kept in the value; copies of the data set do the same when they are told.
    if (!known || sketch->encoding() != Encoding::Raw) {
        WriteEntry entry = call.keys().find_for_write(call.arg(1));
        make_raw(entry);
        if (!estimate) return call.fail(kCorrupt);
        if (!known) remember_estimate(call, entry, *estimate);
    }

    call.reply().integer(static_cast<std::int64_t>(*estimate));
}

void pfmerge(Call& call) {
    HyperLogLogArray registers = {};
    const bool any_dense = raise_to_keys(call, registers);
    if (call.failed()) return;

    WriteEntry entry = call.keys().find_for_write(call.arg(1));
    if (!entry) call.keys().put(entry, String::encode_raw(HyperLogLog::empty_bytes()), std::nullopt);
    HeldString held(entry);
    HyperLogLogEditor editor = edit(call, held);
    if (any_dense) editor.make_dense();
    editor.raise_to(registers);
    editor.forget_estimate();
    entry.changed("pfadd", EventClass::String);

    call.reply().ok();
}

// Makes the value dense; whether it was not. Fails the call if it is corrupt.
bool make_dense(Call& call, WriteEntry& entry) {
    HeldString held(entry);
    HyperLogLogEditor editor = edit(call, held);
    if (!editor.value().is_sparse()) return false;
    if (!editor.make_dense()) {
        call.fail(kCorrupt);
        return false;
    }
    entry.changed_silently();
    return true;
}

void reply_with_registers(Call& call, WriteEntry& entry) {
    make_dense(call, entry);
    if (call.failed()) return;
    HyperLogLogArray registers = {};
    HeldString held(entry);
    edit(call, held).value().raise(registers);
    call.reply().array(registers.size());
    for (const std::uint8_t value : registers) call.reply().integer(value);
}

void reply_with_runs(Call& call, const HyperLogLog& value) {
    if (!value.is_sparse()) return call.fail("ERR HLL encoding is not sparse");
    std::string text;
    for_each_run(value.runs(), [&](std::uint64_t, const RegisterRun& run) {
        if (!text.empty()) text += ' ';
        text += run.value > 0 ? "v:" + std::to_string(run.value) + "," : run.bytes == 1 ? "z:" : "Z:";
        text += std::to_string(run.registers);
    });
    call.reply().bulk(text);
}

void pfdebug(Call& call) {
    auto entry = find_hyperloglog_for_write(call, call.arg(2));
    if (call.failed()) return;
    if (!entry) return call.fail("ERR The specified key does not exist");

    make_raw(entry);
    const HyperLogLog value = *entry.value().value();
    const std::string_view word = call.arg(1);
    if (equals_ignore_case(word, "GETREG")) {
        reply_with_registers(call, entry);
    } else if (equals_ignore_case(word, "DECODE")) {
        reply_with_runs(call, value);
    } else if (equals_ignore_case(word, "ENCODING")) {
        call.reply().simple(value.is_sparse() ? "sparse" : "dense");
    } else if (equals_ignore_case(word, "TODENSE")) {
        const bool made = make_dense(call, entry);
        call.reply().integer(made ? 1 : 0);
    } else {
        call.fail("ERR Unknown PFDEBUG subcommand '" + std::string(until_nul(word)) + "'");
    }
}

void pfselftest(Call& call) {
    const std::string fault = test_hyperloglogs();
    fault.empty() ? call.reply().ok() : call.fail("TESTFAILED " + fault);
}

constexpr KeySpec noted(KeySpec spec, std::string_view notes) {
    spec.notes = notes;
    return spec;
}

constexpr CommandSpec kCommands[] = {
    {.name = "PFADD",
     .handler = pfadd,
     .arity = at_least(1),
     .flags = Write | DenyOom | Fast,
     .categories = CatHyperLogLog,
     .keys = key_at(1, KeyRW | KeyInsert),
     .group = Group::HyperLogLog,
     .since = "2.8.9",
     .cost = "O(1) for each element.",
     .summary = "Adds elements to a HyperLogLog, which is made if it is not there.",
     .syntax = "key [element...]"},
    {.name = "PFCOUNT",
     .handler = pfcount,
     .arity = at_least(1),
     .flags = ReadOnly | MayReplicate,
     .categories = CatHyperLogLog,
     .keys = noted(keys_from(1, -1, 1, KeyRW | KeyAccess),
                   "Writes, too, since it keeps the estimate in the value."),
     .group = Group::HyperLogLog,
     .since = "2.8.9",
     .cost = "O(1) for one key that was not added to since; otherwise O(N) with a large constant factor, "
             "where N is the number of keys.",
     .summary = "Estimates how many different elements were added to HyperLogLogs, all taken together.",
     .syntax = "key..."},
    {.name = "PFDEBUG",
     .handler = pfdebug,
     .arity = exactly(2),
     .flags = Write | DenyOom | Admin | SystemCommand,
     .categories = CatHyperLogLog,
     .keys = key_at(2, KeyRW | KeyAccess),
     .group = Group::HyperLogLog,
     .since = "2.8.9",
     .cost = "N/A",
     .summary = "Shows and changes the inner form of a HyperLogLog.",
     .syntax = "subcommand key"},
    {.name = "PFMERGE",
     .handler = pfmerge,
     .arity = at_least(1),
     .flags = Write | DenyOom,
     .categories = CatHyperLogLog,
     .keys = {key_at(1, KeyRW | KeyAccess | KeyInsert), keys_from(2, -1, 1, KeyRO | KeyAccess)},
     .group = Group::HyperLogLog,
     .since = "2.8.9",
     .cost = "O(N) where N is the number of HyperLogLogs, with a large constant factor.",
     .summary = "Merges HyperLogLogs into one, which is made if it is not there.",
     .syntax = "destkey:key sourcekey:key..."},
    {.name = "PFSELFTEST",
     .handler = pfselftest,
     .arity = exactly(0),
     .flags = Admin | SystemCommand,
     .categories = CatHyperLogLog,
     .group = Group::HyperLogLog,
     .since = "2.8.9",
     .cost = "N/A",
     .summary = "Tests whether HyperLogLogs count as they should.",
     .syntax = ""},
};
static_assert(well_formed(kCommands));

}  // namespace

std::span<const CommandSpec> hyperloglog_commands() {
    return kCommands;
}

}  // namespace pongo
