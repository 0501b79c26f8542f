/// A conversation of suite 3 step by step, with every value between the ones that the file has.
///
/// Works by the specification's formulas and the recorded draws alone; a header, ciphertext or plaintext that comes out otherwise ends it.
extension TripleRatchetCase: ExplainedCase {
  func explain(in explanation: inout Explanation) throws {
    try explain(in: &explanation, wholeEvents: .max)
  }

  /// - Parameter wholeEvents: how many events are shown whole; later ones are when they change the post-quantum ratchet's phase,
  ///   and otherwise a line says what was sent.
  func explain(in explanation: inout Explanation, wholeEvents: Int) throws {
    var sides: [Side: ExplainedTripleRatchet] = [:]
    for side in [Side.alice, .bob] {
      explanation.heading("\(side.rawValue) begins as \(side == .alice ? "initiator" : "responder")")
      sides[side] = try ExplainedTripleRatchet(of: self, side, in: &explanation)
    }
    var sent: [Side: [Event.Sent]] = [:]
    for (index, event) in events.enumerated() {
      guard var side = sides[event.who] else { continue }
      var step = Explanation()
      let before = side.sparse.phase
      let name: String
      if let message = event.send {
        name = "\(event.who.rawValue) sends message \(sent[event.who]?.count ?? 0)"
        let made = try side.send(message.plaintext.bytes, reserve: message.reserve, in: &step)
        try Difference.check(HexBytes(made.header), message.header, at: "\(comment), event \(index): header")
        try Difference.check(
          HexBytes(made.ciphertext), message.ciphertext, at: "\(comment), event \(index): ciphertext")
        sent[event.who, default: []].append(message)
      } else if let number = event.receive, let message = sent[event.who.other]?[number] {
        if let header = event.header {
          name = "\(event.who.rawValue) refuses message \(number), changed or read before"
          step.value("header", header)
          step.remark("nothing changes")
        } else {
          name = "\(event.who.rawValue) receives message \(number)"
          let plaintext = try side.receive(message.header.bytes, message.ciphertext.bytes, in: &step)
          try Difference.check(HexBytes(plaintext), message.plaintext, at: "\(comment), event \(index): plaintext")
        }
      } else {
        continue
      }
      sides[event.who] = side
      let after = side.sparse.phase
      if index < wholeEvents || after != before {
        explanation.heading("\(index). \(name); \(after.rawValue) in epoch \(side.sparse.epoch)")
        explanation.append(step)
      } else if event.send != nil {
        explanation.remark("\(index). \(name), with \(side.sparse.sentUnits)")
      }
    }
  }
}
