import Messaging

/// The end of a run: the network is good, the clocks are right, and everybody has time.
extension World {
  /// Everything works again; whatever was put off is due after a while.
  func settle() throws {
    tell("the network is good now")
    network.trouble = 0
    network.forgetDelayed()
    liesAreTold = false
    skew = nodes.map { _ in 0 }
    for relay in relays {
      relay.isCutOff = false
      relay.isFull = false
    }
    for node in nodes { try node.restart() }
    for node in nodes { try Shell(world: self, node: node).goOnline() }
    // What only the next number shows to be missing.
    for index in nodes.indices { try sayGoodbye(index) }
    var wasQuiet = false
    for round in 1...80 {
      // What is repeated is repeated within hours, and a first contact twice, a day apart.
      try letTimePass(round <= 40 ? 1_000 : 2 * 3_600)
      guard round > (excused.isEmpty && !deedsAreDone ? 2 : 29) else { continue }
      let isQuiet = try nothingWaits() && Verdict(world: self).isQuiet()
      // What was put in the last round is fetched in this one.
      if isQuiet && wasQuiet { return }
      wasQuiet = isQuiet
    }
    // What no relay takes is given up after 14 days.
    for _ in 1...6 where try !nothingWaits() { try letTimePass(3 * 86_400) }
  }

  private func nothingWaits() throws -> Bool { try nodes.allSatisfy { try $0.core.outboxCount() == 0 } }

  private func letTimePass(_ seconds: Int64) throws {
    step += 1
    advance(by: seconds)
    for node in nodes {
      let shell = Shell(world: self, node: node)
      try shell.goOnline()
      try shell.send()
      try shell.receive()
    }
    if let mallory {
      try Shell(world: self, node: mallory).send()
      try Shell(world: self, node: mallory).receive()
    }
    for node in nodes { try node.observe(nodes.filter { $0 !== node }) }
  }

  private func sayGoodbye(_ index: Int) throws {
    for to in nodes.indices where to != index {
      guard let contact = try nodes[index].contact(nodes[to]) else { continue }
      let text = "\(nodes[index].name) to \(nodes[to].name), goodbye"
      _ = try nodes[index].core.send(text: text, file: nil, to: contact.id)
      noteSaid(text, from: index, to: to)
    }
  }
}
