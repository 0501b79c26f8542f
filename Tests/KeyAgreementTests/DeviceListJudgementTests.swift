import ByteLayout
import KeyAgreement
import Primitives
import TestSupport
import Testing
import Verification

@Suite("Succession of device lists (C1, attack 20)") struct DeviceListJudgementTests {
  let alice: Person
  let manager: Device
  let second: Device
  let third: Device

  init() throws {
    alice = try Person("alice")
    manager = try alice.device(1)
    second = try alice.device(2)
    third = try alice.device(3)
  }

  private func root(
    _ major: UInt32 = 1, next: UInt32 = 3, devices: [Device]? = nil, issuedAt: UInt64 = issued,
    previous: DeviceList? = nil
  ) throws -> DeviceLists {
    let entries = try (devices ?? [manager, second]).enumerated().map { try $1.entry($0 == 0 ? .manager : .ordinary) }
    return try DeviceLists(
      root: try DeviceList.signedByRoot(
        alice.rootKey, major: major, issuedAt: issuedAt, previous: previous, nextDevice: next, entries: entries))
  }

  private func managed(
    _ lists: DeviceLists, next: UInt32 = 3, devices: [Device]? = nil, issuedAt: UInt64 = issued
  ) throws -> DeviceLists {
    let entries = try (devices ?? [manager, second]).enumerated().map { try $1.entry($0 == 0 ? .manager : .ordinary) }
    return try lists.adding(
      managed: try DeviceList.signedByManager(
        manager.identity, following: lists, issuedAt: issuedAt, nextDevice: next, entries: entries))
  }

  // MARK: - The table

  @Test func `the first lists seen are accepted`() throws {
    #expect(DeviceListJudgement.judge(try root(), pinned: nil) == .accept)
  }

  @Test func `equal bytes are the same`() throws {
    let lists = try managed(root())
    let again = try DeviceLists(verifying: lists.bytes, account: alice.account)
    #expect(DeviceListJudgement.judge(again, pinned: lists) == .same)
  }

  @Test func `newer lists are accepted and older ones ignored`() throws {
    let one = try root()
    let two = try managed(one)
    let three = try managed(two)
    let beaten = try root(2, previous: three.current)
    let steps = [one, two, three, beaten]
    for (older, pinned) in steps.enumerated() {
      for (newer, candidate) in steps.enumerated() {
        let expected: DeviceListJudgement = newer == older ? .same : newer > older ? .accept : .older
        #expect(DeviceListJudgement.judge(candidate, pinned: pinned) == expected, "\(newer) beside \(older)")
      }
    }
  }

  @Test func `a root list beats every manager list`() throws {
    var lists = try root()
    for _ in 0..<5 { lists = try managed(lists) }
    #expect(lists.version == DeviceListVersion(major: 1, minor: 5))
    let recovered = try root(2, devices: [second], previous: nil)
    #expect(DeviceListJudgement.judge(recovered, pinned: lists) == .accept)
    #expect(DeviceListJudgement.judge(lists, pinned: recovered) == .older)
    #expect(recovered.version > lists.version)
  }

  @Test func `a stolen manager cannot keep the root out by using numbers up`() throws {
    let lists = try root()
    let stolen = try managed(lists, next: 128, devices: [manager])
    #expect(DeviceListJudgement.judge(stolen, pinned: lists) == .accept)
    let recovered = try root(2, next: 4, devices: [second, third])
    #expect(DeviceListJudgement.judge(recovered, pinned: stolen) == .accept)
  }

  @Test func `two lists of one version are an equivocation`() throws {
    let one = try root()
    let fork = try root(issuedAt: issued + 1)
    #expect(DeviceListJudgement.judge(fork, pinned: one) == .equivocation)
    let two = try managed(one)
    let forkedTwo = try managed(one, issuedAt: issued + 1)
    #expect(DeviceListJudgement.judge(forkedTwo, pinned: two) == .equivocation)
  }

  @Test func `a fork beneath a newer or older minor version shows`() throws {
    let one = try root()
    let fork = try root(issuedAt: issued + 1)
    // Two different root lists of version 1, whatever stands on them.
    #expect(DeviceListJudgement.judge(try managed(fork), pinned: one) == .equivocation)
    #expect(DeviceListJudgement.judge(fork, pinned: try managed(one)) == .equivocation)
    // The successor of another (1, 1) than the pinned one.
    let forked = try managed(try managed(one, issuedAt: issued + 1))
    #expect(DeviceListJudgement.judge(forked, pinned: try managed(one)) == .equivocation)
  }

  @Test func `a gap in the chain is no alarm`() throws {
    let one = try root()
    let three = try managed(try managed(one))
    #expect(DeviceListJudgement.judge(three, pinned: one) == .accept)
  }

  @Test func `revoked numbers stay revoked`() throws {
    let both = try root()
    let revoked = try root(2, devices: [manager])
    #expect(DeviceListJudgement.judge(revoked, pinned: both) == .accept)
    let revived = try root(3)
    #expect(DeviceListJudgement.judge(revived, pinned: revoked) == .refused(.revokedNumber(2)))
    // By a manager list, pinned at the manager list that revoked it.
    let dropped = try managed(both, devices: [manager])
    var raw = RawList(
      alice.account, nextDevice: 3,
      entries: [
        try RawEntry(manager, role: 1, account: alice.account), try RawEntry(second, account: alice.account),
      ])
    raw.minor = 2
    raw.signer = 1
    raw.previous = dropped.current.hash.array
    let back = try both.adding(
      managed: try DeviceList(managerSigned: try raw.signed(by: manager.identity.signingKey), under: both.root))
    #expect(DeviceListJudgement.judge(back, pinned: dropped) == .refused(.revokedNumber(2)))
  }

  @Test func `a number keeps its key, and the next number does not go back`() throws {
    let pinned = try root()
    let impostor = try alice.device(2, key: "impostor")
    #expect(
      DeviceListJudgement.judge(try root(2, devices: [manager, impostor]), pinned: pinned)
        == .refused(.deviceKeyChanged(2)))
    #expect(
      DeviceListJudgement.judge(try root(2, next: 2, devices: [manager]), pinned: pinned)
        == .refused(.nextDeviceDecreased))
  }

  @Test func `lists of another account are nobody's successors`() throws {
    let bob = try Person("bob")
    #expect(DeviceListJudgement.judge(bob.lists, pinned: try root()) == .otherAccount)
  }

  // MARK: - What a manager may sign

  private func rawManaged(_ lists: DeviceLists) throws -> RawList {
    var raw = RawList(
      alice.account, nextDevice: 3,
      entries: [
        try RawEntry(manager, role: 1, account: alice.account), try RawEntry(second, account: alice.account),
      ])
    raw.minor = 1
    raw.signer = 1
    raw.previous = lists.root.hash.array
    return raw
  }

  private func expectRefusal(
    _ expected: KeyAgreementError, by signer: Device? = nil, _ spoil: (inout RawList) throws -> Void
  ) throws {
    let lists = try root()
    var raw = try rawManaged(lists)
    try spoil(&raw)
    let signed = try raw.signed(by: (signer ?? manager).identity.signingKey)
    #expect(throws: expected) { try DeviceList(managerSigned: signed, under: lists.root) }
  }

  @Test func `a manager may change routes and add and drop devices`() throws {
    let lists = try root()
    var raw = try rawManaged(lists)
    raw.entries[0].routes = [RawEntry.route("new.example:443")]
    raw.entries[1] = try RawEntry(third, account: alice.account)
    raw.nextDevice = 4
    let list = try DeviceList(managerSigned: try raw.signed(by: manager.identity.signingKey), under: lists.root)
    #expect(list.signer == .manager(.first))
    #expect(DeviceListJudgement.judge(try lists.adding(managed: list), pinned: lists) == .accept)
  }

  @Test func `only the manager of the root list signs minor versions`() throws {
    try expectRefusal(.invalidSignature(.deviceList), by: second) { _ in }
    try expectRefusal(.deviceList(.wrongSigner)) { $0.signer = 2 }
    try expectRefusal(.deviceList(.wrongSigner)) { $0.signer = 0 }
  }

  @Test func `a manager cannot change itself or hand its role on`() throws {
    try expectRefusal(.deviceList(.managerChanged)) { $0.entries[0].addedAt += 1 }
    try expectRefusal(.deviceList(.managerChanged)) {
      $0.entries[0].role = 0
      $0.entries[1].role = 1
    }
    try expectRefusal(.deviceList(.managerChanged)) {
      let impostor = try alice.device(1, key: "impostor")
      $0.entries[0] = try RawEntry(impostor, role: 1, account: alice.account)
    }
  }

  @Test func `a manager list stands on its own root list`() throws {
    try expectRefusal(.deviceList(.otherMajor)) { $0.major = 2 }
    try expectRefusal(.deviceList(.impossibleVersion)) { $0.minor = 0 }
    try expectRefusal(.deviceList(.brokenChain)) { $0.previous[0] ^= 1 }
    try expectRefusal(.deviceList(.nextDeviceDecreased)) {
      $0.nextDevice = 2
      $0.entries.removeLast()
    }
    try expectRefusal(.deviceList(.deviceKeyChanged(2))) {
      $0.entries[1] = try RawEntry(try alice.device(2, key: "impostor"), account: alice.account)
    }
  }

  // MARK: - The encoding of both

  @Test func `both lists go together and come back`() throws {
    let one = try root()
    let two = try managed(one)
    #expect(one.bytes.count == 3 + one.root.signedBytes.count)
    #expect(two.bytes.first == 2)
    for lists in [one, two] {
      #expect(try DeviceLists(verifying: lists.bytes, account: alice.account) == lists)
    }
    #expect(two.current.version.minor == 1)
    #expect(one.current.version.minor == 0)
  }

  @Test func `every changed byte of both lists is refused`() throws {
    let bytes = try managed(root()).bytes
    for index in bytes.indices {
      #expect(throws: KeyAgreementError.self, "byte \(index)") {
        try DeviceLists(verifying: flipping(bytes, at: index), account: alice.account)
      }
    }
    let misshapen: [[UInt8]] = [[], [0], [UInt8](bytes.dropLast()), bytes + [0], [3] + [UInt8](bytes.dropFirst())]
    for changed in misshapen {
      #expect(throws: KeyAgreementError.self) { try DeviceLists(verifying: changed, account: alice.account) }
    }
  }

  @Test func `lists in the other order, twice the same, or of two majors are refused`() throws {
    let one = try root()
    let two = try managed(one)
    let managedBytes = try #require(two.managed).signedBytes
    func lp16(_ bytes: [UInt8]) -> [UInt8] { u16(UInt16(bytes.count)) + bytes }
    let rootBytes = one.root.signedBytes
    let otherRootBytes = try root(2).root.signedBytes
    let impossible: [[UInt8]] = [
      [2] + lp16(managedBytes) + lp16(rootBytes), [2] + lp16(rootBytes) + lp16(rootBytes), [1] + lp16(managedBytes),
      [2] + lp16(otherRootBytes) + lp16(managedBytes),
    ]
    for bytes in impossible {
      #expect(throws: KeyAgreementError.self) { try DeviceLists(verifying: bytes, account: alice.account) }
    }
    #expect(throws: KeyAgreementError.deviceList(.wrongSigner)) {
      try DeviceLists(root: try #require(two.managed))
    }
  }

  @Test func `versions are ordered by major, then minor`() {
    let versions = [(0, 0), (0, 9), (1, 0), (1, 1), (2, 0), (UInt32.max, UInt32.max)].map {
      DeviceListVersion(major: $0.0, minor: $0.1)
    }
    #expect(versions == versions.sorted())
    for version in versions { #expect(DeviceListVersion(packed: version.packed) == version) }
    #expect(DeviceListVersion(major: 1, minor: 2).packed == 0x0000_0001_0000_0002)
  }
}
