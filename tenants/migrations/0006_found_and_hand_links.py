"""An invitation may go through the operator; the audit tells of that, and of the agency's founding."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("tenants", "0005_tell_of_brands")]

    operations = [
        migrations.AddField("invitation", "is_handed", models.BooleanField(default=False)),
        migrations.AlterField(
            model_name="auditentry",
            name="what",
            field=models.CharField(
                choices=[
                    ("found", "建立公司"),
                    ("invite", "邀请"),
                    ("hand_link", "转交邀请链接"),
                    ("withdraw_invitation", "撤回邀请"),
                    ("accept", "接受邀请"),
                    ("vouch", "确认是同事"),
                    ("change_role", "更改角色"),
                    ("withdraw", "移除"),
                    ("reset_link", "生成重设密码链接"),
                    ("make_key", "新建密钥"),
                    ("revoke_key", "停用密钥"),
                    ("make_link", "生成报告链接"),
                    ("revoke_link", "停用报告链接"),
                    ("make_brand", "新建品牌"),
                    ("close_brand", "移除品牌"),
                ],
                max_length=30,
            ),
        ),
    ]
