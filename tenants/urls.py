"""URLs of this room, on every site."""

from django.urls import path

from tenants.account_views import Account, ChangePassword, EndSignIns, Postpone, RecoveryCodes, SecondFactorPage
from tenants.people_pages import TakeInvitation
from tenants.reset_views import Reset, SetPassword
from tenants.views import Arrive, Enter, Pass, SignIn, SignInCode, SignOut

urlpatterns = [
    path("sign-in/", SignIn.as_view(), name="sign_in"),
    path("sign-in/code/", SignInCode.as_view(), name="sign_in_code"),
    path("sign-out/", SignOut.as_view(), name="sign_out"),
    path("reset/", Reset.as_view(), name="reset"),
    path("reset/<str:uid>/<str:token>/", SetPassword.as_view(), name="set_password"),
    path("invitation/<str:token>/", TakeInvitation.as_view(), name="invitation"),
    path("enter/", Enter.as_view(), name="enter"),
    path("pass/", Pass.as_view(), name="pass"),
    path("arrive/", Arrive.as_view(), name="arrive"),
    path("account/", Account.as_view(), name="account"),
    path("account/password/", ChangePassword.as_view(), name="change_password"),
    path("account/sign-ins/end/", EndSignIns.as_view(), name="end_sign_ins"),
    path("account/second-factor/", SecondFactorPage.as_view(), name="second_factor"),
    path("account/second-factor/postpone/", Postpone.as_view(), name="postpone_second_factor"),
    path("account/second-factor/codes/", RecoveryCodes.as_view(), name="recovery_codes"),
]
