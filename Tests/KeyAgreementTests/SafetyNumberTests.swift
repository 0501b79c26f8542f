import ByteLayout
import KeyAgreement
import Testing
import Verification

@Suite("Safety numbers (C12)") struct SafetyNumberTests {
  let first: AccountID
  let second: AccountID

  init() throws {
    first = try AccountID(text: AccountTests.text)
    second = AccountID(
      rootKey: VerifyingKey(
        try FixedBytes(
          try Hexadecimal.decode("3d4017c3e843895a92b70aa74d1b7ebc9c982ccf2ec4968cc0cd55f12af4660c"))))
  }

  @Test func `the digits are those of an independent computation`() {
    #expect(SafetyNumber.digits(of: first) == "210154405629315690959580915038")
    #expect(SafetyNumber.digits(of: second) == "937215246403157945651069578078")
  }

  @Test func `both sides see one number, the smaller account first`() {
    let number = SafetyNumber(first, second)
    #expect(number == SafetyNumber(second, first))
    #expect(second < first)
    #expect(number.digits == "937215246403157945651069578078" + "210154405629315690959580915038")
    #expect(number.groups.count == 12)
    #expect(number.groups.joined() == number.digits)
    #expect(number.groups.allSatisfy { $0.count == 5 })
  }

  @Test func `another account gives another number`() throws {
    #expect(SafetyNumber(first, second) != SafetyNumber(first, try Person("mallory").account))
  }

  // MARK: - The scanned code

  private func reference(_ minor: UInt32, _ hash: UInt8) throws -> DeviceListReference {
    DeviceListReference(
      version: DeviceListVersion(major: 1, minor: minor), hash: try FixedBytes([UInt8](repeating: hash, count: 16)))
  }

  @Test func `a code is 115 bytes and comes back`() throws {
    let code = SafetyCode(
      mine: first, yours: second, myList: try reference(0, 1), yourList: try reference(2, 2))
    let bytes = code.bytes
    #expect(bytes.count == 115)
    let fields: [[UInt8]] = [
      [1], first.bytes.array, second.bytes.array, u32(1), u32(0), [UInt8](repeating: 1, count: 16), u32(1), u32(2),
      [UInt8](repeating: 2, count: 16),
    ]
    #expect(bytes == fields.flatMap(\.self))
    #expect(try SafetyCode(bytes) == code)
    for changed in [[UInt8](bytes.dropLast()), bytes + [0], flipping(bytes, at: 0), flipping(bytes, at: 1)] {
      #expect(throws: LayoutError.self) { try SafetyCode(changed) }
    }
  }

  @Test func `scanning compares accounts and lists`() throws {
    let (mineNow, theirsNow) = (try reference(3, 1), try reference(5, 2))
    let mine = SafetyCode(mine: first, yours: second, myList: mineNow, yourList: theirsNow)
    func scanned(
      _ account: AccountID? = nil, of me: AccountID? = nil, list: DeviceListReference? = nil,
      knowing: DeviceListReference? = nil
    ) -> SafetyCode {
      SafetyCode(
        mine: account ?? second, yours: me ?? first, myList: list ?? theirsNow, yourList: knowing ?? mineNow)
    }
    #expect(mine.compare(scanned: scanned()) == .same)
    #expect(mine.compare(scanned: scanned(list: try reference(6, 9))) == .otherListVersion)
    #expect(mine.compare(scanned: scanned(knowing: try reference(2, 9))) == .otherListVersion)
    #expect(mine.compare(scanned: scanned(list: try reference(5, 9))) == .splitView)
    #expect(mine.compare(scanned: scanned(knowing: try reference(3, 9))) == .splitView)
    let mallory = try Person("mallory").account
    #expect(mine.compare(scanned: scanned(mallory)) == .otherAccounts)
    #expect(mine.compare(scanned: scanned(of: mallory)) == .otherAccounts)
    #expect(mine.compare(scanned: mine) == .otherAccounts)
  }
}
