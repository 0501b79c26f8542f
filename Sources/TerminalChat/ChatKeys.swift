/// What somebody typed.
package enum ChatKey: Hashable, Sendable {
  case character(Character)
  case enter, backspace, delete, left, right, home, end, up, down, pageUp, pageDown, escape
  /// With the control key.
  case control(Character)
}

/// Makes keys of the bytes of a terminal; what is cut off waits for the rest.
package struct ChatKeyReader: Sendable {
  private var pending: [UInt8] = []

  package init() {}

  package mutating func read(_ bytes: some Sequence<UInt8>) -> [ChatKey] {
    pending += bytes
    var keys: [ChatKey] = []
    while let (key, count) = next() {
      pending.removeFirst(count)
      if let key { keys.append(key) }
    }
    return keys
  }

  /// The first key and its bytes; nil when there is none, or not all of it.
  private func next() -> (key: ChatKey?, count: Int)? {
    guard let first = pending.first else { return nil }
    switch first {
    case 0x1b: return escape()
    case 0x0d, 0x0a: return (.enter, 1)
    case 0x7f, 0x08: return (.backspace, 1)
    case 1...0x1a: return (.control(Character(UnicodeScalar(first + 0x60))), 1)
    case 0..<0x20: return (nil, 1)
    case 0x20..<0x80: return (.character(Character(UnicodeScalar(first))), 1)
    default: break
    }
    let count = first >= 0xf8 ? 1 : first >= 0xf0 ? 4 : first >= 0xe0 ? 3 : first >= 0xc0 ? 2 : 1
    guard pending.count >= count else { return nil }
    guard let text = String(validating: pending[..<count], as: UTF8.self), let character = text.first else {
      return (nil, 1)
    }
    return (TerminalText.cleaned(text).isEmpty ? nil : .character(character), count)
  }

  private func escape() -> (key: ChatKey?, count: Int) {
    guard pending.count > 2, pending[1] == UInt8(ascii: "[") || pending[1] == UInt8(ascii: "O") else {
      return (.escape, 1)
    }
    guard let end = pending[2...].firstIndex(where: { (0x40...0x7e).contains($0) }) else { return (nil, pending.count) }
    let text = String(decoding: pending[2...end], as: UTF8.self)
    let key: ChatKey? =
      switch text {
      case "A": .up
      case "B": .down
      case "C": .right
      case "D": .left
      case "H", "1~": .home
      case "F", "4~": .end
      case "3~": .delete
      case "5~": .pageUp
      case "6~": .pageDown
      default: nil
      }
    return (key, end + 1)
  }
}
