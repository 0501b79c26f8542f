import ByteLayout
import Verification

/// What two people compare to be sure of each other's accounts (C12).
///
/// h = SHA-512("Sotto_SafetyNumber_v1" ‖ 0x00 ‖ accountId), then 5 200 times h = SHA-512(h ‖ accountId); the first 30
/// bytes give six groups of five digits. Devices are not in it: it never changes.
package struct SafetyNumber: Hashable, Sendable {
  /// 60 digits: the smaller account's 30, then the larger one's. Equal on both sides.
  package let digits: String

  private static let iterationCount = 5_200

  /// The number of two accounts, in either order.
  package init(_ one: AccountID, _ other: AccountID) {
    digits = Self.digits(of: min(one, other)) + Self.digits(of: max(one, other))
  }

  /// The 60 digits in twelve groups of five, for people.
  package var groups: [String] {
    var groups: [String] = []
    var rest = digits[...]
    while !rest.isEmpty {
      groups.append(String(rest.prefix(5)))
      rest = rest.dropFirst(5)
    }
    return groups
  }

  /// One account's 30 digits.
  package static func digits(of account: AccountID) -> String {
    let identifier = account.bytes.array
    var hash = ContentHash.sha512([UInt8](KeyAgreementLabel.safetyNumber.utf8) + [0] + identifier).array
    for _ in 0..<iterationCount { hash = ContentHash.sha512(hash + identifier).array }
    var digits = ""
    for group in 0..<6 {
      let number = hash[group * 5..<group * 5 + 5].reduce(UInt64(0)) { $0 << 8 | UInt64($1) } % 100_000
      let text = String(number)
      digits += String(repeating: "0", count: 5 - text.count) + text
    }
    return digits
  }
}
