"""What is sent by mail. The request only asks for it, so that it takes as long for a stranger as for a user."""

from celery import shared_task
from django.core.mail import send_mail
from django.utils import translation

from siyu.problems import say
from tenants.models import User
from tenants.passwords import reset_link


@shared_task
def mail_reset(email: str, host: str, language: str) -> None:
    """A reset link to the user of this address, if there is one."""
    user = User.objects.filter(email=email.strip().lower(), is_active=True).first()
    if user is None:
        return
    with translation.override(language):
        subject = say("重设 siyu 密码", "Set a new password for siyu")
        text = say(
            f"请在一小时内打开下面的链接，设置新密码。链接只能用一次。\n\n{reset_link(user, host)}\n\n"
            "如果不是你要求的，请忽略本邮件，密码不会变。\n",
            f"Open this link within an hour to set a new password. It works once.\n\n{reset_link(user, host)}\n\n"
            "If you did not ask for it, ignore this mail: nothing changes.\n",
        )
        send_mail(subject, text, None, [user.email])


@shared_task
def mail_text(to: str, subject: str, text: str) -> None:
    """One message that was written when it was asked for. A subject is one line, whatever it names."""
    send_mail(" ".join(subject.split()), text, None, [to])
