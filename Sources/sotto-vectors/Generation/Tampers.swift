/// The changes that a forger, a relay or a bad line could make.
extension SessionBuilder.Tamper {
  /// Flips the lowest bit of one byte of the ciphertext; negative indices count from the end.
  static func ciphertext(at index: Int) -> Self {
    Self(
      name: index == -1 ? "ct" : "ciphertext[\(index)]",
      ciphertext: { $0.flippingBit(at: index) })
  }

  /// Flips the lowest bit of one byte of the header.
  static func header(at index: Int) -> Self { Self(name: "header[\(index)]", header: { $0.flippingBit(at: index) }) }

  /// Cuts the last bytes of the ciphertext.
  static func cut(_ count: Int) -> Self { Self(name: "cut-\(count)", ciphertext: { [UInt8]($0.dropLast(count)) }) }

  /// Appends a byte to the ciphertext.
  static let appended = Self(name: "appended", ciphertext: { $0 + [0] })

  /// Cuts the header to 40 bytes.
  static let shortHeader = Self(name: "short-header", header: { [UInt8]($0.dropLast()) })

  /// Puts another version byte in front.
  static let version = Self(name: "version", header: { [0x02] + $0.dropFirst() })

  /// The receiver's session has other associated data.
  static let associatedData = Self(name: "ad")

  /// Adds to N.
  static func number(plus count: UInt32) -> Self {
    let name =
      switch count {
      case 1: "n"
      case 1_001: "jump"
      default: "n+\(count)"
      }
    return Self(name: name, header: { KnownTamper.adding(count, to: $0, at: 37) })
  }

  /// Adds to PN.
  static func previousCount(plus count: UInt32) -> Self {
    Self(name: count == 1 ? "pn" : "pn+\(count)", header: { KnownTamper.adding(count, to: $0, at: 33) })
  }

  /// Puts another ratchet key into the header.
  static func ratchetKey(_ name: String, _ key: [UInt8]) -> Self {
    Self(name: name, header: { [$0[0]] + key + $0[33...] })
  }
}
