/// Everything that two sides and a network can be in, of which the explorer visits each once.
struct Configuration: Hashable {
  /// The session's archive, nil while a side has none. Alice begins and has one from her first message on.
  var archives: [[UInt8]?] = [nil, nil]
  /// How many private keys a side has drawn: they are numbered, so that two ways to one state meet.
  var draws: [UInt32] = [0, 0]
  /// Bob's one-time prekey, which goes with the first message that decrypts.
  var hasOneTimePrekey = true
  var sent: [[SentMessage]] = [[], []]

  struct SentMessage: Hashable {
    let header: [UInt8]
    let ciphertext: [UInt8]
    /// What HKDF extracts from the two chain keys before the message (Protocol §6a.4).
    let key: [UInt8]
    var isAccepted = false
  }
}

/// What a relay or a bad line could change, one at a time.
enum Change: String, CaseIterable {
  case ciphertext = "a bit of the ciphertext changed"
  case number = "another N"
  case previousCount = "another PN"
  case ratchetKey = "another ratchet key"
  case epoch = "another epoch"
  case numberInEpoch = "another number in the epoch"

  func applied(_ message: Configuration.SentMessage) -> (header: [UInt8], ciphertext: [UInt8]) {
    var (header, ciphertext) = (message.header, message.ciphertext)
    switch self {
    case .ciphertext: ciphertext[0] ^= 1
    case .number: header[40] += 1
    case .previousCount: header[36] += 1
    case .ratchetKey: header[1] ^= 2
    case .epoch: header[44] ^= 1
    case .numberInEpoch: header[48] += 1
    }
    return (header, ciphertext)
  }
}
