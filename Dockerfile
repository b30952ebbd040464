# siyu for real servers; docker-compose.yml shows how its processes go together. `make up` needs none of this.
# Tags fix the version. Who wants the very same bytes puts a digest in their place (python@sha256:…), as their own
# registry shows it: a tag may be rebuilt for security fixes, a digest never is.
FROM python:3.12-slim-bookworm

ENV PYTHONUNBUFFERED=1 PYTHONUTF8=1
WORKDIR /srv/siyu

COPY requirements.lock ./
RUN pip install --no-cache-dir --disable-pip-version-check --require-hashes --no-deps --only-binary :all: \
        -r requirements.lock

# SIYU_HOME holds what is spooled while it is read, and beat's schedule; nothing that has to be kept.
RUN groupadd --gid 10001 siyu \
    && useradd --uid 10001 --gid siyu --no-create-home --home-dir /var/lib/siyu --shell /usr/sbin/nologin siyu \
    && install -d -o siyu -g siyu -m 0700 /var/lib/siyu
ENV SIYU_HOME=/var/lib/siyu

COPY . .
RUN python -m compileall -q .

USER siyu
EXPOSE 8000
