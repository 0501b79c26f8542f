import ByteLayout
import Verification

/// A fault that the explorer puts into its own bookkeeping, to show that its properties notice.
enum PlantedFault: String, CaseIterable {
  /// What a receiver becomes by a message is forgotten: what a crash without a transaction would do.
  case forgetReceived = "forget-received"
  /// What a sender becomes by a message is forgotten: a vault that was set back.
  case forgetSent = "forget-sent"
  /// A refused message leaves a trace.
  case traceOfRefusal = "trace-of-refusal"
  /// The one-time prekey goes before the message has decrypted.
  case burnPrekey = "burn-prekey"
  /// What the post-quantum ratchet becomes by a message is forgotten, and only that.
  case forgetEpoch = "forget-epoch"
}

/// Visits every configuration within bounds, on the product's own ratchet and key agreement, and checks the properties in each.
struct Exploration {
  /// A property that does not hold, with the way there.
  struct Violation: Error {
    let property: String
    let path: [String]
  }

  let bounds: [Int]
  let fault: PlantedFault?
  let world: ExploredWorld
  private(set) var stateCount = 0
  private(set) var stepCount = 0
  private(set) var refusalCount = 0

  init(bounds: [Int], fault: PlantedFault?) throws {
    self.bounds = bounds
    self.fault = fault
    world = try ExploredWorld()
  }

  /// Breadth first, so that a violation comes with a shortest path.
  mutating func run(from beginning: Beginning) throws {
    var visited: Set<FixedBytes<32>> = []
    var previous: [FixedBytes<32>: (FixedBytes<32>, String)] = [:]
    var waiting = [try world.configuration(at: beginning)]
    visited.insert(Self.name(waiting[0]))
    var next = 0
    while next < waiting.count {
      let state = waiting[next]
      next += 1
      stateCount += 1
      let own = Self.name(state)
      do {
        try checkState(state)
        for (label, successor) in try successors(state) {
          stepCount += 1
          let name = Self.name(successor)
          guard visited.insert(name).inserted else { continue }
          previous[name] = (own, label)
          waiting.append(successor)
        }
      } catch let violation as Violation {
        var (path, at) = (violation.path, own)
        while let (before, label) = previous[at] { (path, at) = ([label] + path, before) }
        throw Violation(property: violation.property, path: path)
      }
      waiting[next - 1] = Configuration()
    }
  }

  private static func name(_ state: Configuration) -> FixedBytes<32> {
    var bytes: [UInt8] = [state.hasOneTimePrekey ? 1 : 0]
    for side in 0...1 {
      let archive = state.archives[side] ?? []
      bytes += [UInt8(state.draws[side]), UInt8(state.sent[side].count), UInt8(archive.isEmpty ? 0 : 1)]
      bytes += ContentHash.sha256(archive).array
      for message in state.sent[side] { bytes += message.key + [message.isAccepted ? 1 : 0] }
    }
    return ContentHash.sha256(bytes)
  }

  // MARK: - What can happen

  private mutating func successors(_ state: Configuration) throws -> [(String, Configuration)] {
    var found: [(String, Configuration)] = []
    for side in 0...1 {
      let who = ["alice", "bob"][side]
      if state.sent[side].count < bounds[side], side == 0 || state.archives[1] != nil {
        found.append(("\(who) sends", try world.sending(state, side, fault)))
      }
      for index in state.sent[side].indices {
        let label = "\(who)'s message \(index) arrives"
        if let successor = try deliver(state, from: side, index, label) { found.append((label, successor)) }
        for change in Change.allCases {
          try refuseChanged(state, from: side, index, change, "\(label), \(change.rawValue)")
        }
      }
    }
    return found
  }

  /// A genuine message: it must open the first time and be refused ever after.
  private mutating func deliver(
    _ state: Configuration, from sender: Int, _ index: Int, _ label: String
  ) throws -> Configuration? {
    let message = state.sent[sender][index]
    let outcome = try world.receiving(
      state, side: 1 - sender, header: message.header, ciphertext: message.ciphertext, fault)
    switch outcome {
    case .accepted(var successor, let plaintext):
      guard !message.isAccepted else { throw Violation(property: "no message is accepted twice", path: [label]) }
      guard plaintext == ExploredWorld.plaintext(sender, index) else {
        throw Violation(property: "what is read is what was written", path: [label])
      }
      successor.sent[sender][index].isAccepted = true
      guard fault == .forgetReceived || !Self.contains(successor.archives[1 - sender] ?? [], message.key) else {
        throw Violation(property: "a message key is gone when it was used", path: [label])
      }
      return successor
    case .refused(let after):
      try checkUnchanged(state, after, label)
      guard message.isAccepted else {
        throw Violation(property: "every message opens, in whatever order", path: [label])
      }
      return nil
    }
  }

  private mutating func refuseChanged(
    _ state: Configuration, from sender: Int, _ index: Int, _ change: Change, _ label: String
  ) throws {
    let message = state.sent[sender][index]
    let (header, ciphertext) = change.applied(message)
    switch try world.receiving(state, side: 1 - sender, header: header, ciphertext: ciphertext, fault) {
    case .accepted: throw Violation(property: "a changed message is refused", path: [label])
    case .refused(let after): try checkUnchanged(state, after, label)
    }
  }

  private mutating func checkUnchanged(_ before: Configuration, _ after: Configuration, _ label: String) throws {
    refusalCount += 1
    guard before == after else { throw Violation(property: "a refused message changes nothing", path: [label]) }
  }

  // MARK: - What must hold in every state

  private func checkState(_ state: Configuration) throws {
    let keys = state.sent.flatMap { $0.map(\.key) }
    guard Set(keys).count == keys.count else { throw Violation(property: "no message key is used twice", path: []) }
    guard let alice = state.archives[0], let bob = state.archives[1], fault == nil else { return }
    guard try world.isOneStepAhead(alice, bob) != world.isOneStepAhead(bob, alice) else {
      throw Violation(property: "one side's root is the other's, or exactly one step after it", path: [])
    }
    let (left, right) = (try SparseArchive(alice), try SparseArchive(bob))
    guard left.newestEpoch == right.newestEpoch ? left.root == right.root : left.isOneEpochAway(from: right) else {
      throw Violation(property: "the sides' epochs are the same, with the same root, or next to each other", path: [])
    }
  }

  static func contains(_ bytes: [UInt8], _ key: [UInt8]) -> Bool {
    bytes.count >= key.count
      && (0...(bytes.count - key.count)).contains {
        bytes[$0] == key[0] && bytes[$0..<($0 + key.count)].elementsEqual(key)
      }
  }
}
