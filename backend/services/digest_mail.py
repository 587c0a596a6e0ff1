"""A digest as a mail."""

from email.message import EmailMessage
from email.utils import localtime

from core.config import settings
from core.mail import MailRefused, address
from services.digests import Claimed
from sourcing import digest_text


def mail_of(digest: Claimed) -> EmailMessage:
    """Return the mail; its Message-ID is made of the digest's id, so that a second copy is known as one.

    Raises:
        MailRefused: the account's address cannot be that of a mail.
    """
    mail = EmailMessage()
    try:
        mail["To"] = address(digest.address)
    except ValueError as error:
        raise MailRefused("the account's address cannot be that of a mail") from error
    mail["From"] = settings.mail_from
    mail["Subject"] = digest_text.subject(digest.lines)
    mail["Date"] = localtime()
    mail["Message-ID"] = f"<digest.{digest.id}@{(settings.mail_from or '').rpartition('@')[2]}>"
    mail["Auto-Submitted"] = "auto-generated"
    mail.set_content(digest_text.body(digest.name, digest.lines), cte="quoted-printable")
    return mail
