"""Who vouches for what this machine publishes, trusted by nobody else; and a key of the emulator's KMS with its certificate."""

import datetime

USES = ("digital_signature", "content_commitment", "key_encipherment", "data_encipherment", "key_agreement", "key_cert_sign", "crl_sign", "encipher_only", "decipher_only")


def root() -> str:
    """PEM: the certificate of who vouches, and its private key."""
    # Late: only the virtual environment has it.
    from cryptography.hazmat.primitives import serialization
    from cryptography.hazmat.primitives.asymmetric import ec

    key, constraints = ec.generate_private_key(ec.SECP256R1()), _x509().BasicConstraints(True, None)
    made = _certificate("Galley's local root", key.public_key(), (None, key), [(constraints, True), (_use(key_cert_sign=True), True)])
    pem = serialization.Encoding.PEM
    return (made.public_bytes(pem) + key.private_bytes(pem, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())).decode()


def of(public: bytes, root: str) -> str:
    """PEM: a certificate for the key with this public half (DER), by that root, and the root's."""
    from cryptography.hazmat.primitives import serialization

    x509 = _x509()
    issuer = x509.load_pem_x509_certificate(root.encode())
    key = serialization.load_pem_private_key(root[root.index("-----BEGIN PRIVATE") :].encode(), None)
    uses = x509.ExtendedKeyUsage([x509.ExtendedKeyUsageOID.EMAIL_PROTECTION])
    extensions = [(x509.BasicConstraints(False, None), True), (_use(digital_signature=True), True), (uses, True)]
    leaf = _certificate("Galley's local pictures", serialization.load_der_public_key(public), (issuer, key), extensions)
    return "".join(one.public_bytes(serialization.Encoding.PEM).decode() for one in (leaf, issuer))


def key(kms) -> str:
    """A new key of KMS, by its id."""
    return kms.create_key(KeySpec="ECC_NIST_P256", KeyUsage="SIGN_VERIFY", Description="signs what Galley publishes")["KeyMetadata"]["KeyId"]


def _certificate(title: str, public, by: tuple, extensions: list):
    from cryptography.hazmat.primitives import hashes

    x509, (issuer, key), now = _x509(), by, datetime.datetime.now(datetime.UTC)
    subject = x509.Name([x509.NameAttribute(x509.NameOID.ORGANIZATION_NAME, "Galley on this machine"), x509.NameAttribute(x509.NameOID.COMMON_NAME, title)])
    builder = x509.CertificateBuilder(issuer.subject if issuer else subject, subject, public, x509.random_serial_number(), now - datetime.timedelta(days=1), now + datetime.timedelta(days=3650))
    names = [(x509.SubjectKeyIdentifier.from_public_key(public), False), (x509.AuthorityKeyIdentifier.from_issuer_public_key(key.public_key()), False)]
    for extension, critical in extensions + names:
        builder = builder.add_extension(extension, critical)
    return builder.sign(key, hashes.SHA256())


def _use(**named: bool):
    return _x509().KeyUsage(**(dict.fromkeys(USES, False) | named))


def _x509():
    from cryptography import x509

    return x509
