package import ByteLayout
package import Primitives
package import Verification

/// What a device may do for its account.
package enum DeviceRole: UInt8, Hashable, Sendable {
  case ordinary = 0
  /// Signs minor versions of the device list. Exactly one device has this role.
  case manager = 1
}

/// One device in a device list: its certificate, there is no other (C1).
///
/// device u32 ‖ deviceKey(32) ‖ role u8 ‖ suites u8 ‖ addedAt u64 ‖ consent(64) ‖ count u8 ‖ route* ‖ ext. A value of
/// this type has a valid consent, and its device key is a point that can agree.
package struct DeviceEntry: Hashable, Sendable {
  package let device: DeviceNumber
  package let deviceKey: VerifyingKey
  /// The X25519 form of the device key, computed once here.
  package let agreementKey: X25519PublicKey
  package let role: DeviceRole
  package let suites: SuiteSet
  /// Unix seconds.
  package let addedAt: UInt64
  /// The device key's signature over accountId ‖ device: nobody can list a device that did not agree.
  package let consent: Signature
  /// 1…4 ways to the device.
  package let routes: [RelayRoute]
  package let extensions: Extensions

  /// How many routes an entry has.
  package static let routeCounts = 1...4

  /// The entry of this device itself, with its consent.
  package init(
    for identity: borrowing DeviceIdentity, role: DeviceRole, addedAt: UInt64, routes: [RelayRoute],
    extensions: Extensions = .none
  ) throws(KeyAgreementError) {
    guard Self.routeCounts.contains(routes.count) else { throw .layout(.notAllowed(field: "route count")) }
    let message = Self.consentBody(account: identity.account, device: identity.device)
    do throws(PrimitiveError) {
      consent = try identity.signingKey.signature(label: KeyAgreementLabel.deviceConsent, body: message)
    } catch { throw .primitive(error) }
    device = identity.device
    deviceKey = identity.deviceKey
    agreementKey = identity.agreementKeyPair.publicKey
    self.role = role
    suites = identity.suites
    self.addedAt = addedAt
    self.routes = routes
    self.extensions = extensions
  }

  /// The same device with other routes: what a manager list may change.
  package func replacing(routes: [RelayRoute]) throws(KeyAgreementError) -> DeviceEntry {
    guard Self.routeCounts.contains(routes.count) else { throw .layout(.notAllowed(field: "route count")) }
    return DeviceEntry(copying: self, routes: routes, suites: suites)
  }

  /// The same device with other suites: what a manager list may change as well.
  package func replacing(suites: SuiteSet) -> DeviceEntry {
    DeviceEntry(copying: self, routes: routes, suites: suites)
  }

  private init(copying other: DeviceEntry, routes: [RelayRoute], suites: SuiteSet) {
    device = other.device
    deviceKey = other.deviceKey
    agreementKey = other.agreementKey
    role = other.role
    self.suites = suites
    addedAt = other.addedAt
    consent = other.consent
    self.routes = routes
    extensions = other.extensions
  }

  // MARK: - Layout

  /// Reads an entry of a list whose signature was verified before, and verifies the consent.
  init(reading reader: inout LayoutReader, account: AccountID) throws(KeyAgreementError) {
    do throws(LayoutError) {
      device = try reader.deviceNumber()
      deviceKey = try reader.ed25519Key(field: "device key")
      let role = try reader.uint8()
      guard let known = DeviceRole(rawValue: role) else {
        throw LayoutError.unknownValue(field: "role", value: Int(role))
      }
      self.role = known
      suites = try SuiteSet(validating: try reader.uint8())
      addedAt = try reader.uint64()
      consent = try reader.signature()
      let count = Int(try reader.uint8())
      guard Self.routeCounts.contains(count) else { throw LayoutError.notAllowed(field: "route count") }
      var routes: [RelayRoute] = []
      for _ in 0..<count { routes.append(try RelayRoute(reading: &reader)) }
      guard Set(routes.map(\.mailbox)).count == count else { throw LayoutError.notAllowed(field: "duplicate route") }
      self.routes = routes
      extensions = try Extensions(reading: &reader, understood: [])
    } catch { throw .layout(error) }
    guard
      deviceKey.isValid(
        consent, label: KeyAgreementLabel.deviceConsent, body: Self.consentBody(account: account, device: device))
    else { throw .invalidSignature(.deviceConsent) }
    do throws(PrimitiveError) { agreementKey = try deviceKey.agreementKey() } catch { throw .primitive(error) }
  }

  func write(to writer: inout LayoutWriter) throws(LayoutError) {
    writer.uint32(device.value)
    writer.append(deviceKey.bytes)
    writer.uint8(role.rawValue)
    writer.uint8(suites.rawValue)
    writer.uint64(addedAt)
    writer.append(consent.bytes)
    writer.uint8(UInt8(routes.count))
    for route in routes { try route.write(to: &writer) }
    try extensions.write(to: &writer)
  }

  private static func consentBody(account: AccountID, device: DeviceNumber) -> [UInt8] {
    var writer = LayoutWriter(capacity: 37)
    writer.append(account.bytes)
    writer.uint32(device.value)
    return writer.bytes
  }
}
