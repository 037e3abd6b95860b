# The server with the embedded base model: docker build -t cascade-ner . (docs/serving.md).
# `make container-steps` does the same without Docker.
FROM python:3.12-slim AS wheels
ARG TORCH_INDEX=https://download.pytorch.org/whl/cpu
RUN apt-get update && apt-get install --yes --no-install-recommends g++ && rm -rf /var/lib/apt/lists/*
WORKDIR /source
COPY pyproject.toml README.md LICENSE NOTICE ./
COPY cascade cascade
COPY data_formats data_formats
COPY train train
COPY adapters adapters
# torch comes without CUDA; the kernels in C++ are built here, so that the image needs no compiler
RUN pip wheel --no-cache-dir --wheel-dir /wheels --extra-index-url "$TORCH_INDEX" '.[serve]'

FROM python:3.12-slim
RUN apt-get update && apt-get install --yes --no-install-recommends libgomp1 && rm -rf /var/lib/apt/lists/* \
 && useradd --uid 10001 --create-home cascade \
 && install --directory --owner cascade /var/lib/cascade-ner
COPY --from=wheels /wheels /wheels
RUN pip install --no-cache-dir --no-index --find-links /wheels 'cascade-ner[serve]' && rm -rf /wheels
COPY --from=wheels /source/LICENSE /source/NOTICE /source/adapters/GEMMA_TERMS_OF_USE.txt /usr/share/doc/cascade-ner/
ENV CASCADE_NER_CACHE=/var/lib/cascade-ner HF_HUB_OFFLINE=1
USER cascade
WORKDIR /home/cascade
# converts the base model, so that a container starts in seconds
RUN python -c "from cascade import Cascade; print(Cascade.load(device='cpu')('Ada Lovelace lived in London.').entities)"
EXPOSE 8000
HEALTHCHECK --start-period=60s CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/health', timeout=5)"]
# needs a token: docker run -e CASCADE_NER_TOKEN=...
ENTRYPOINT ["cascade-ner", "serve"]
CMD ["--host", "0.0.0.0"]
