"""Can this installation serve? Database, broker, and every brand at the current migration."""

import logging

from django.db import Error

from siyu.celery import app
from siyu.db.pooling import is_transaction_pooled
from siyu.db.schemas import stale_schemas

logger = logging.getLogger(__name__)


def reasons_not_ready() -> list[tuple[str, str]]:
    """Why not, each in Chinese and English; empty where all is well. Names no brand: anyone may ask."""
    reasons = []
    try:
        stale = stale_schemas()
        if stale:
            logger.warning("not at the current migration: %s", ", ".join(stale))
            reasons.append(
                (f"{len(stale)} 个数据库模式未迁移到最新", f"{len(stale)} schemas are not at the current migration")
            )
        if is_transaction_pooled():
            reasons.append(
                (
                    "数据库连接经过事务级连接池，品牌数据会串",
                    "the database is behind a transaction-mode pool: brands would mix",
                )
            )
    except Error as error:
        logger.warning("database: %s", type(error).__name__)
        reasons.append(("数据库没有应答", "the database does not answer"))
    try:
        with app.connection_for_write(connect_timeout=2) as broker:
            broker.ensure_connection(max_retries=1, timeout=2)
    except Exception as error:
        logger.warning("broker: %s", type(error).__name__)
        reasons.append(("消息队列没有应答", "the broker does not answer"))
    return reasons
