import Vault

/// The words of messages that have a deadline, as keyed tokens, in memory only: nothing on the disk says what was in a
/// message that is to disappear.
///
/// Built when something is first looked for after the vault was opened. Holds no word.
final class TimedIndex {
  fileprivate struct Entry {
    let id: Int64
    /// Ascending.
    let tokens: [SearchToken]
  }

  /// Ascending by id.
  private var entries: [Entry] = []
  /// Up to which row messages with a deadline have been looked at.
  private(set) var indexedUpTo: Int64 = 0

  /// Messages that say something else since they were added.
  private var changed: Set<Int64> = []

  /// How many messages are in it.
  var count: Int { entries.count }

  /// Adds a message after all others.
  ///
  /// - Parameter tokens: nil for one that is never found.
  func add(_ id: Int64, _ tokens: Set<SearchToken>?) {
    indexedUpTo = id
    if let tokens { entries.append(Entry(id: id, tokens: tokens.sorted())) }
  }

  /// Up to this row no message has a deadline that is not in it.
  func noteIndexed(upTo id: Int64) { indexedUpTo = max(indexedUpTo, id) }

  /// A message may say something else now: whether it does is looked at when something is looked for.
  func noteChanged(_ id: Int64) { changed.insert(id) }

  /// Those messages, which are noted no longer.
  func takeChanged() -> Set<Int64> {
    defer { changed = [] }
    return changed
  }

  /// What a message is found by from now on, if it was added before.
  func replace(_ id: Int64, _ tokens: Set<SearchToken>?) {
    guard let place = entries.firstIndex(where: { $0.id == id }) else { return }
    if let tokens { entries[place] = Entry(id: id, tokens: tokens.sorted()) } else { entries.remove(at: place) }
  }

  /// Forgets messages that have ended.
  func remove(_ ids: Set<Int64>) {
    guard !entries.isEmpty, !ids.isEmpty else { return }
    entries.removeAll { ids.contains($0.id) }
  }

  /// Messages that have a token of each of the alternatives, the newest first.
  func found(_ all: [SearchAlternatives], before id: Int64, limit: Int) -> [Int64] {
    var found: [Int64] = []
    for entry in entries.reversed() where entry.id < id {
      guard found.count < limit else { break }
      if all.allSatisfy({ $0.contains { entry.has($0) } }) { found.append(entry.id) }
    }
    return found
  }
}

extension TimedIndex.Entry {
  fileprivate func has(_ token: SearchToken) -> Bool {
    var (low, high) = (0, tokens.count)
    while low < high {
      let middle = (low + high) / 2
      if tokens[middle] < token { low = middle + 1 } else { high = middle }
    }
    return low < tokens.count && tokens[low] == token
  }
}
